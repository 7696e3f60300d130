(()=>{let t=window.analytics??={q:[]};for(let e of"track page identify group alias wallet consent reset flush onDrop on".split(" "))t[e]??=(...o)=>t.q.push([e,o,Date.now()])})();
