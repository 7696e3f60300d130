'use client';
import { useTracker } from 'server-side-tracking/react';

export const Swap = () => {
  const { track } = useTracker();
  return <button onClick={() => track('Swap')}>Swap</button>;
};
