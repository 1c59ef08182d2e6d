// The closed classes of Chinese grammar, in simplified and traditional characters. Open classes (nouns, verbs of content,
// adjectives) stay out: they are what a text is about.
const PARTICLES = '的 地 得 了 着 著 过 過 吗 嗎 呢 吧 啊 呀 么 嘛 等';
const COPULA_AND_AUXILIARIES =
  '是 在 有 没 没有 沒有 共有 要 想 会 會 能 能够 能夠 可 可以 应该 應該 做 叫 让 讓 使 来 來 去 给 給 请 請';
const ADVERBS =
  '不 也 都 就 才 还 還 又 再 很 非常 最 更 比 比较 比較 越 只 仅 僅 已 已经 已經 正 正在 曾 曾经 曾經 一共 总共 總共 共 分别 分別 还有 還有';
const CONJUNCTIONS =
  '和 与 與 同 跟 及 以及 或 或者 还是 還是 而 而且 但 但是 如果 因 因为 因為 所以 则 則 即 并 並 并且 並且 且';
const PREPOSITIONS =
  '被 把 将 將 对 對 对于 對於 关于 關於 从 從 到 自 向 往 为 為 为了 為了 由 以 于 於 当 當 里 裡 上 下 中 内 內 外 之中 里面 裡面';
const PRONOUNS =
  '我 我们 我們 咱们 咱們 你 你们 你們 您 他 她 它 他们 他們 她们 她們 它们 它們 自己 大家 之 其 其中 这 這 这个 這個 这些 這些 这里 這裡 ' +
  '这儿 那 那个 那個 那些 那里 那裡 那儿 某';
const INTERROGATIVES =
  '哪 哪个 哪個 哪些 哪里 哪裡 哪儿 哪位 什么 什麼 怎么 怎麼 怎样 怎樣 怎么样 怎麼樣 如何 多少 几 幾 几个 幾個 谁 誰 何 何时 何時 为什么 為什麼 请问 請問';
const QUANTIFIERS = '个 個 一个 一個 一些 些 各 各个 各個 每 每个 每個 所有 全部 任何 时 時 时候 時候';
/** What one says to have something shown. */
const REQUESTS = '列出 给出 給出 告诉 告訴 显示 顯示 看看';

const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  [
    ...[PARTICLES, COPULA_AND_AUXILIARIES, ADVERBS, CONJUNCTIONS, PREPOSITIONS],
    ...[PRONOUNS, INTERROGATIVES, QUANTIFIERS, REQUESTS],
  ].flatMap((words) => words.split(' ')),
);
const NUMERAL = /^[零〇一二两兩三四五六七八九十百千万萬亿億]+$/u;

/** Whether a Chinese word is a numeral or one that only holds a sentence together; 过 is one, 过敏 is not. */
export function isChineseFunctionWord(word: string): boolean {
  return FUNCTION_WORDS.has(word) || NUMERAL.test(word);
}
