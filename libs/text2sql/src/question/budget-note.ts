import { languageOf } from '@memori/text';

type Note = (model: string, limit: string) => string;

/** In the languages that are told apart by a tag or by their letters; English stands in for the others. */
const NOTES: Readonly<Record<string, Note>> = {
  en: (model, limit) => `Little of the budget (${limit}) is left, so the cheaper model ${model} answered.`,
  zh: (model, limit) => `预算（${limit}）所剩不多，本次由较便宜的模型 ${model} 回答。`,
  ja: (model, limit) => `予算（${limit}）の残りが少ないため、より安価なモデル ${model} が回答しました。`,
  de: (model, limit) =>
    `Vom Budget (${limit}) ist wenig übrig; deshalb hat das günstigere Modell ${model} geantwortet.`,
  fr: (model, limit) => `Il reste peu du budget (${limit}) : le modèle moins cher ${model} a répondu.`,
  es: (model, limit) => `Queda poco del presupuesto (${limit}); por eso respondió el modelo más barato ${model}.`,
};

const TRADITIONAL: Note = (model, limit) => `預算（${limit}）所剩不多，本次由較便宜的模型 ${model} 回答。`;

/** Says in the language of the answer that a cheaper model gave it, and because of which limit. */
export function budgetNote(question: string, language: string | undefined, model: string, limit: string): string {
  const locale = new Intl.Locale(language ?? languageOf(question) ?? 'en').maximize();
  if (locale.language === 'zh' && locale.script === 'Hant') return TRADITIONAL(model, limit);
  return (NOTES[locale.language] ?? (NOTES.en as Note))(model, limit);
}
