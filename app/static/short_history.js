if (!window.onePressBack) {
  window.onePressBack = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const next = new URL(url ?? location.href, location.href);
    if (next.pathname === location.pathname) history.replaceState(state, title, url);
    else push(state, title, url);
  };
}
