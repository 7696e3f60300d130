// The stub, inline and before the script tag: calls made until m.js is there wait in `analytics.q`.
(() => {
  const stub = (window.analytics ??= { q: [] });
  for (const name of 'track page identify group alias wallet consent reset flush onDrop on'.split(' ')) {
    stub[name] ??= (...args) => {
      const done = new Promise((resolve) => stub.q.push([name, args, Date.now(), resolve]));
      return /^on/.test(name) ? () => done.then((end) => end()) : done;
    };
  }
})();
