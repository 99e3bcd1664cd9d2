/** The room's texts in English. They are many, so they come with its pages and not with the first load. */
import { addTexts } from "~/i18n";

addTexts(import.meta.glob("./**/locales/en.json", { eager: true, import: "default" }));
