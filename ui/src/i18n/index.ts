// Texts of the panel. English is in the first load, but for rooms that bring theirs with their pages (`addTexts`); other
// languages are fetched when chosen.
// Every folder may bring its own catalogue as `locales/<language>.json`; all of them are merged into one tree,
// so a feature uses a top-level key of its own name (`explorer.…`, `grid.…`).
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

type Tree = { [key: string]: string | Tree };

const english = import.meta.glob<Tree>(["../**/locales/en.json", "!../features/explorer/**"], {
  eager: true,
  import: "default",
});
const others = import.meta.glob<Tree>(["../**/locales/*.json", "!../**/locales/en.json"], { import: "default" });

function merge(into: Tree, from: Tree): Tree {
  for (const [key, value] of Object.entries(from)) {
    const there = into[key];
    into[key] = typeof value === "object" && typeof there === "object" ? merge(there, value) : structuredClone(value);
  }
  return into;
}

async function load(language: Language): Promise<Tree> {
  const wanted = Object.entries(others).filter(([path]) => path.endsWith(`/${language}.json`));
  const trees = await Promise.all(wanted.map(([, read]) => read()));
  return trees.reduce(merge, {});
}

const KEY = "quarterdeck.language";

function preferred(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored !== null && stored in LANGUAGES) return stored as Language;
  return navigator.language.toLowerCase().startsWith("de") ? "de" : "en";
}

/** What rooms have brought so far. */
const brought: Tree = {};

/** Adds a room's English texts, by the path of each catalogue, before its pages are drawn. */
export function addTexts(catalogues: Record<string, Tree>): void {
  Object.values(catalogues).reduce(merge, brought);
  if (i18next.isInitialized) i18next.addResourceBundle("en", "translation", brought, true, true);
}

export async function setLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", await load(language), true, true);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  localStorage.setItem(KEY, language);
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: [...Object.values(english), brought].reduce(merge, {}) } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  // Labels stand alone with a capital; inside an English sentence they lose it ("New user", but "New API key").
  i18next.services.formatter?.add("lower", (value: unknown) =>
    String(value).replace(
      /(^|, )(\p{Lu})(?!\p{Lu})/gu,
      (_, before: string, letter: string) => before + letter.toLowerCase(),
    ),
  );
  const language = preferred();
  if (language !== "en") await setLanguage(language).catch(() => i18next.changeLanguage("en"));
  // Chosen in another tab, it holds in this one, too.
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === KEY && newValue !== null && newValue in LANGUAGES) void setLanguage(newValue as Language);
  });
}

export function currentLanguage(): Language {
  return i18next.language in LANGUAGES ? (i18next.language as Language) : "en";
}
