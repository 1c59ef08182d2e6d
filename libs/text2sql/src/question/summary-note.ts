import { languageOf } from '@memori/text';

/** Why an answer has no summary although one was wanted. */
export type NoSummary = 'not-shared' | 'switched-off' | 'failed' | 'unfaithful';

type Notes = Readonly<Record<NoSummary, string>>;

/** In the languages that are told apart by a tag or by their letters; English stands in for the others. */
const NOTES: Readonly<Record<string, Notes>> = {
  en: {
    'not-shared': 'There is no summary: this data source does not show rows to the model (shareRows).',
    'switched-off': 'There is no summary: this service makes no calls to the model beside the answer.',
    failed: 'There is no summary: the model could not be asked for one just now.',
    unfaithful: 'There is no summary: the one that the model gave did not agree with the rows.',
  },
  zh: {
    'not-shared': '没有摘要：该数据源不向模型展示数据行（shareRows）。',
    'switched-off': '没有摘要：本服务除回答之外不再调用模型。',
    failed: '没有摘要：暂时无法请求模型生成。',
    unfaithful: '没有摘要：模型给出的摘要与数据不符。',
  },
  de: {
    'not-shared': 'Ohne Zusammenfassung: Diese Datenquelle zeigt dem Modell keine Zeilen (shareRows).',
    'switched-off': 'Ohne Zusammenfassung: Dieser Dienst ruft das Modell nur für Antworten auf.',
    failed: 'Ohne Zusammenfassung: Das Modell war gerade nicht zu erreichen.',
    unfaithful: 'Ohne Zusammenfassung: Die des Modells stimmte nicht mit den Zeilen überein.',
  },
};

export function summaryNote(question: string, language: string | undefined, reason: NoSummary): string {
  const locale = new Intl.Locale(language ?? languageOf(question) ?? 'en');
  return (NOTES[locale.language] ?? (NOTES.en as Notes))[reason];
}
