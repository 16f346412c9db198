// The language at an element's position. It is inherited through shadow roots, as HTML specifies:
// https://html.spec.whatwg.org/multipage/dom.html#the-lang-and-xml:lang-attributes

/** @returns `lang` of the element or of its nearest ancestor that has it; undefined for the browser's language */
export function languageOf(element: Element): string | undefined {
  for (const root of rootsOf(element)) {
    const nearest = root.from.closest('[lang]');
    if (nearest !== null) return nearest.getAttribute('lang') || undefined;
  }
  return undefined;
}

/** Calls back when a `lang` changes in any tree that contains the element.
 *  @returns an unsubscribe function */
export function watchLanguage(element: Element, changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  for (const { root } of rootsOf(element))
    observer.observe(root, { attributes: true, attributeFilter: ['lang'], subtree: true });
  return () => observer.disconnect();
}

/** Returns each tree that contains the element, the innermost first, with the element or the shadow host in it. */
function rootsOf(element: Element): { readonly from: Element; readonly root: Node }[] {
  const roots = [];
  for (let from: Element | undefined = element; from !== undefined; ) {
    const root: Node = from.getRootNode();
    roots.push({ from, root });
    from = (root as Partial<ShadowRoot>).host;
  }
  return roots;
}
