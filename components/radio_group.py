"""What own widgets that choose one of several have in common: `mark` and `move`, in JavaScript.

The children of a group have role="radio" and their id in `data-id`. Arrows walk, space and Enter choose, and Tab stops
at the one that is chosen, or at the first (https://www.w3.org/WAI/ARIA/apg/patterns/radio/).
"""

RADIO_GROUP = r"""
function mark(group, chosen) {
  const checked = [...group.children].find((node) => node.dataset.id === `${chosen}`) ?? group.firstChild;
  for (const node of group.children) {
    node.setAttribute("aria-checked", node.dataset.id === `${chosen}`);
    node.tabIndex = node === checked ? 0 : -1;
  }
}

function move(group, e, choose) {
  const nodes = [...group.children], here = nodes.indexOf(e.target);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key];
  if (here < 0) return;
  if (step) {
    const to = nodes[(here + step + nodes.length) % nodes.length];
    nodes[here].tabIndex = -1; to.tabIndex = 0; to.focus();
  } else if (e.key === " " || e.key === "Enter") choose(nodes[here]);
  else return;
  e.preventDefault();
}
"""
