import { questionForm } from './question-form';

/** The end of a sentence with something behind it. A point inside a number or a name is none. */
const SENTENCE_GOES_ON = /[.!?;](?=\s+\S)|[。！？；](?=\s*\S)|\n(?=\s*\S)/u;
/** Words that lay something down, or tell of the one who asks. */
const TELLS =
  /\b(?:i|i'm|me|my|mine|we|our|ours|us|from now on|always|never|remember|forget|means?|meant|meaning|refers?|referring|defined?|definition|assume|assuming|treat|count(?:s|ed)? as|instead|ignore|exclude|consider|call(?:ed)?|stands? for)\b|[我咱俺]|以后|今后|从现在|記住|记住|记得|别忘|指的?是|意思|算作|算是|当作|當作|叫做|称为|稱為|定义|定義|总是|總是|默认|默認|只看|只算|忽略|排除|不要|视为|視為/u;

/**
 * Whether a question only asks. Such a one changes nothing of what a later question means; "by active I mean …, how many
 * are there?" does. Whatever is not sure counts as telling.
 */
export function onlyAsks(question: string): boolean {
  return !SENTENCE_GOES_ON.test(question.trim()) && !TELLS.test(questionForm(question));
}
