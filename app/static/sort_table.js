if (!window.tablesSort) {
  window.tablesSort = true;
  const size = text => parseFloat(text.replaceAll(',', '').replace('−', '-').replace(/^[^-0-9.]+/, ''));
  document.addEventListener('click', event => {
    const head = event.target.closest('.short-table thead button')?.closest('th');
    if (!head) return;
    const up = head.getAttribute('aria-sort') !== 'ascending', place = head.cellIndex;
    const body = head.closest('table').tBodies[0], rows = [...body.rows];
    for (const other of head.parentElement.children) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const order = (one, two) => {
      const [a, b] = [one, two].map(row => row.cells[place].textContent.trim());
      const [x, y] = [size(a), size(b)];
      if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
      return (isNaN(x) ? a.localeCompare(b, document.documentElement.lang) : x - y) * (up ? 1 : -1);
    };
    body.append(...rows.sort(order));
  });
}
