// Writes the texts of a language into the page. `data-text`, `data-label` and `data-placeholder` in index.html contain
// their keys.

import { element } from './dom.ts';
import { LANG_ATTRIBUTES, type Language, otherLanguage } from './language.ts';
import type { PageText, Texts } from './texts.ts';

const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' };

export function localize(texts: Texts, language: Language): void {
  const root = document.documentElement;
  root.lang = LANG_ATTRIBUTES[language];
  for (const node of root.querySelectorAll<HTMLElement>('[data-text]')) {
    node.textContent = texts.page[node.dataset.text as PageText];
  }
  for (const node of root.querySelectorAll<HTMLElement>('[data-label]')) {
    node.ariaLabel = texts.page[node.dataset.label as PageText];
  }
  for (const node of root.querySelectorAll<HTMLInputElement>('[data-placeholder]')) {
    node.placeholder = texts.page[node.dataset.placeholder as PageText];
  }
  const other = otherLanguage(language);
  const button = element('language');
  button.textContent = LANGUAGE_NAMES[other];
  button.lang = LANG_ATTRIBUTES[other];
  root.dataset.language = language;
}
