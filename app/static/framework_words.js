if (!window.rewords) {
  const names = ['aria-label', 'placeholder', 'title'], marked = names.map(name => `[${name}]`).join();
  const spoken = '[data-testid=stSkipToContent],[data-testid$=Dropdown],[data-testid^=stDataFrameColumn],[aria-live]';
  const foreign = '[data-testid=stHtml], [data-testid=stMarkdownContainer], [data-testid=stVegaLiteChart]';
  const other = text => {
    const number = text.match(/[0-9]+/)?.[0];
    const found = window.frameworkWords[text.replace(/[0-9]+/, '{n}')];
    if (found) return found.replace('{n}', number);
    for (const [mine, theirs] of Object.entries(window.frameworkWords)) {
      const [before, after] = mine.split('{name}');
      if (after !== undefined && text.startsWith(before) && text.endsWith(after))
        return theirs.replace('{name}', text.slice(before.length, text.length - after.length));
    }
  };
  const reword = root => {
    if (root.nodeType === 3) root = root.parentElement;
    if (root?.nodeType !== 1 || root.closest('[data-testid=stHtml], [data-testid=stVegaLiteChart]')) return;
    for (const one of [root, ...root.querySelectorAll(marked)]) {
      if (one.closest(foreign) && !one.closest('[data-testid=stHeaderActionElements], [role=img]')) continue;
      for (const name of names) {
        const found = one.hasAttribute(name) && other(one.getAttribute(name));
        if (found) one.setAttribute(name, found);
      }
    }
    for (const part of [...(root.closest(spoken) ? [root] : []), ...root.querySelectorAll(spoken)]) {
      const walk = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      for (let text = walk.nextNode(); text; text = walk.nextNode()) {
        const found = other(text.data.trim());
        if (found) text.data = found;
      }
    }
  };
  window.rewords = new MutationObserver(changes => {
    for (const change of changes)
      for (const one of change.type === 'childList' ? change.addedNodes : [change.target]) reword(one);
  });
  window.rewords.observe(document.body,
    {childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: names});
  window.rewordAll = () => reword(document.body);
}
window.rewordAll();
