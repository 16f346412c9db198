// The style of the element's shadow tree.

const STYLE = `
  :host { display: inline-block; font-variant-numeric: tabular-nums; white-space: nowrap }
  :host([hidden]) { display: none }
  :host(:not([state="open"])) time { opacity: 0.6 }
  [part="error"] { white-space: normal }
`;

/** A constructed style sheet, which a policy of the page does not forbid; a `<style>` where there is none, as in jsdom.
 *  Call it again when the tree has come into another document. */
export function applyStyle(root: ShadowRoot): void {
  const { defaultView } = root.ownerDocument;
  // A document without a window: the element is seen only after it has been moved to another one.
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
