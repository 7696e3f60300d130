export const metadata = { title: 'Two' };

export default function Two() {
  return <p>The second page.</p>;
}
