if (!window.unknownAddress) {
  const reword = () => {
    const box = document.querySelector('[role="dialog"]');
    if (!box || !box.textContent.includes('Page not found')) return;
    const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT), words = window.addressWords;
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
      if (text.data === 'Page not found') text.data = words[0];
      else if (text.data.includes('requested does not seem to exist')) text.data = words[1];
    }
  };
  reword();
  window.unknownAddress = new MutationObserver(reword);
  window.unknownAddress.observe(document.body, {childList: true, subtree: true});
}
