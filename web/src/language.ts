// English or Chinese: as the URL asks, else as the browser prefers.

export type Language = 'en' | 'zh';

export interface Choice {
  readonly language: Language;
  /** For dates: the browser's own of that language, such as `en-GB`. */
  readonly locale: string;
}

const DEFAULT_LOCALES: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans' };

/** As `lang` wants it. The Chinese texts are written in simplified characters. */
export const LANG_ATTRIBUTES: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans' };

/** @param asked `?lang=`, such as `zh` or `zh-CN`
 *  @param preferred `navigator.languages` */
export function chooseLanguage(asked: string | null, preferred: readonly string[]): Choice {
  const language = languageOf(asked ?? '') ?? preferred.map(languageOf).find((known) => known !== undefined) ?? 'en';
  const locale = preferred.find((tag) => languageOf(tag) === language && isLocale(tag));
  return { language, locale: locale ?? DEFAULT_LOCALES[language] };
}

export function otherLanguage(language: Language): Language {
  return language === 'en' ? 'zh' : 'en';
}

function languageOf(tag: string): Language | undefined {
  const [primary = ''] = tag.toLowerCase().split(/[-_]/, 1);
  return primary === 'en' || primary === 'zh' ? primary : undefined;
}

/** Some browsers prefer `en-US@posix`, which `Intl` refuses. */
function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
