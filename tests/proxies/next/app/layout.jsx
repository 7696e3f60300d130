import Link from 'next/link';
import { TrackerProvider } from 'server-side-tracking/react';

/** A server component: it renders without a window. */
export default function Layout({ children }) {
  return (
    <html lang="en">
      <head>
        <link rel="icon" href="data:," />
      </head>
      <body>
        <TrackerProvider writeKey="demo">
          {children}
          <Link href="/two">Two</Link>
        </TrackerProvider>
      </body>
    </html>
  );
}
