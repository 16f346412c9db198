// Selects English or Chinese: by the URL, or by the browser's preferences.

export type Language = 'en' | 'zh';

export interface Choice {
  readonly language: Language;
  /** Locale for dates: the browser's preferred locale of the language, for example `en-GB`. */
  readonly locale: string;
}

const DEFAULT_LOCALES: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans' };

/** Values for the attribute `lang`. The Chinese texts use simplified characters. */
export const LANG_ATTRIBUTES: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans' };

/** @param asked value of `?lang=`, for example `zh` or `zh-CN`
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

/** Returns a locale that `Intl` accepts. Some browsers have `en-US@posix`, which it refuses. */
function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
