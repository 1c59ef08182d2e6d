import { languageOf } from '@memori/text';

/** In the languages that are told apart by a tag or by their letters; English stands in for the others. */
const NOTES: Readonly<Record<string, string>> = {
  en: 'The question was uncertain and was answered twice, independently: the two queries found different rows. Check how it was understood.',
  zh: '这个问题不够确定，系统独立生成了两条查询，但结果不同。请核对问题的理解方式。',
  ja: 'この質問は不確かなため独立に二回クエリを作成しましたが、結果が異なりました。解釈をご確認ください。',
  de: 'Die Frage war unsicher und wurde zweimal unabhängig beantwortet: Die beiden Abfragen fanden verschiedene Zeilen. Bitte prüfen, wie sie verstanden wurde.',
  fr: 'La question était incertaine et a reçu deux réponses indépendantes : les deux requêtes ont trouvé des lignes différentes. Vérifiez comment elle a été comprise.',
  es: 'La pregunta era incierta y se respondió dos veces de forma independiente: las dos consultas encontraron filas distintas. Compruebe cómo se entendió.',
};

const TRADITIONAL = '這個問題不夠確定，系統獨立產生了兩條查詢，但結果不同。請核對問題的理解方式。';

/** Says in the language of the answer that two candidates disagreed. */
export function candidateNote(question: string, language: string | undefined): string {
  const locale = new Intl.Locale(language ?? languageOf(question) ?? 'en').maximize();
  if (locale.language === 'zh' && locale.script === 'Hant') return TRADITIONAL;
  return NOTES[locale.language] ?? (NOTES.en as string);
}
