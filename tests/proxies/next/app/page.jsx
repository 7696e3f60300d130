import { Swap } from './Swap';

export const metadata = { title: 'One' };

export default function One() {
  return <Swap />;
}
