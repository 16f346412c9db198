// The style of the element's shadow tree.

const STYLE = `
  :host { display: inline-block; font-variant-numeric: tabular-nums; white-space: nowrap }
  :host([hidden]) { display: none }
  :host(:not([state="open"])) time { opacity: 0.6 }
  [part="error"] { white-space: normal }
`;

/** Adds the style to the tree: as a constructed style sheet, which a Content-Security-Policy does not block, or as a
 *  `<style>` if the platform has no constructed style sheets, for example jsdom. Must be called again when the tree is
 *  in another document. */
export function applyStyle(root: ShadowRoot): void {
  const { defaultView } = root.ownerDocument;
  // A document without a window is not displayed. The element gets its style when it moves to another document.
  if (defaultView === null) return;
  const { CSSStyleSheet } = defaultView as typeof globalThis & Window;
  if (!('adoptedStyleSheets' in root && 'replaceSync' in CSSStyleSheet.prototype)) {
    if (root.querySelector('style') === null) root.append(styleElement(root.ownerDocument));
    return;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
}

function styleElement(document: Document): HTMLStyleElement {
  const style = document.createElement('style');
  style.textContent = STYLE;
  return style;
}
