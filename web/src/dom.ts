// Access to elements of the page by id. A missing one is an error in index.html.

export function element<E extends HTMLElement = HTMLElement>(id: string, type?: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof (type ?? HTMLElement)) return found as E;
  throw new Error(`the page has no #${id}`);
}

/** Sets the text of an element if it has changed. */
export function write(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets a data attribute for the style sheet if it has changed. */
export function mark(node: HTMLElement, name: string, value: string): void {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}
