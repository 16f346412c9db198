// The language of an element's surroundings. It crosses shadow roots, as HTML has it:
// https://html.spec.whatwg.org/multipage/dom.html#the-lang-and-xml:lang-attributes

/** @returns `lang` of the element or of its nearest ancestor that has it; undefined for the browser's own */
export function languageOf(element: Element): string | undefined {
  for (const root of rootsOf(element)) {
    const nearest = root.from.closest('[lang]');
    if (nearest !== null) return nearest.getAttribute('lang') || undefined;
  }
  return undefined;
}

/** Calls back when a `lang` changes in any tree that the element is in.
 *  @returns ends it */
export function watchLanguage(element: Element, changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  for (const { root } of rootsOf(element))
    observer.observe(root, { attributes: true, attributeFilter: ['lang'], subtree: true });
  return () => observer.disconnect();
}

/** Each tree that the element is in, from the innermost, with the element or the shadow host in it. */
function rootsOf(element: Element): { readonly from: Element; readonly root: Node }[] {
  const roots = [];
  for (let from: Element | undefined = element; from !== undefined; ) {
    const root: Node = from.getRootNode();
    roots.push({ from, root });
    from = (root as Partial<ShadowRoot>).host;
  }
  return roots;
}
