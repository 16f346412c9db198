// The page's own elements, by id: one that is missing is a mistake in index.html.

export function element<E extends HTMLElement = HTMLElement>(id: string, type?: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof (type ?? HTMLElement)) return found as E;
  throw new Error(`the page has no #${id}`);
}

/** Writes only what changed. */
export function write(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Says it to the style sheet, if it changed. */
export function mark(node: HTMLElement, name: string, value: string): void {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}
