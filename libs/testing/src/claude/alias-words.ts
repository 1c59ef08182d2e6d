import { isObject } from './fields';

/** Words that schemas are made of: what people say for them in English, and in Chinese. */
const WORDS: Readonly<Record<string, { readonly en?: readonly string[]; readonly zh: readonly string[] }>> = {
  account: { zh: ['账户', '账号'] },
  actor: { en: ['performer'], zh: ['演员'] },
  address: { zh: ['地址'] },
  album: { en: ['record'], zh: ['专辑', '唱片'] },
  amount: { en: ['sum'], zh: ['金额'] },
  artist: { en: ['musician', 'band'], zh: ['艺术家', '歌手'] },
  author: { en: ['writer'], zh: ['作者'] },
  book: { zh: ['图书', '书'] },
  category: { en: ['kind'], zh: ['类别', '分类'] },
  city: { en: ['town'], zh: ['城市'] },
  company: { en: ['firm'], zh: ['公司'] },
  country: { en: ['nation'], zh: ['国家'] },
  course: { en: ['class'], zh: ['课程'] },
  customer: { en: ['client', 'buyer'], zh: ['客户', '顾客'] },
  date: { en: ['day'], zh: ['日期'] },
  department: { zh: ['部门'] },
  email: { zh: ['邮箱', '电子邮件'] },
  employee: { en: ['worker', 'staff'], zh: ['员工', '雇员', '职员'] },
  event: { zh: ['事件', '活动'] },
  film: { en: ['movie'], zh: ['电影', '影片'] },
  flight: { zh: ['航班'] },
  genre: { en: ['style'], zh: ['流派', '风格'] },
  grade: { en: ['mark'], zh: ['成绩', '年级'] },
  hotel: { zh: ['酒店', '宾馆'] },
  inventory: { en: ['stock'], zh: ['库存'] },
  invoice: { en: ['bill'], zh: ['发票', '账单'] },
  item: { zh: ['明细', '项目'] },
  language: { zh: ['语言'] },
  line: { zh: ['明细', '行'] },
  name: { zh: ['名称', '姓名'] },
  order: { en: ['purchase'], zh: ['订单'] },
  patient: { zh: ['病人', '患者'] },
  payment: { zh: ['付款', '支付'] },
  phone: { en: ['telephone'], zh: ['电话'] },
  playlist: { zh: ['播放列表', '歌单'] },
  price: { en: ['cost'], zh: ['价格', '单价'] },
  product: { en: ['article', 'goods'], zh: ['产品', '商品'] },
  quantity: { en: ['number'], zh: ['数量'] },
  region: { en: ['area'], zh: ['地区', '区域'] },
  rental: { en: ['hire'], zh: ['租赁', '出租'] },
  review: { en: ['rating'], zh: ['评价', '评论'] },
  room: { zh: ['房间'] },
  salary: { en: ['pay', 'wage'], zh: ['工资', '薪水'] },
  school: { zh: ['学校'] },
  shipper: { en: ['carrier'], zh: ['承运商', '运输公司'] },
  song: { zh: ['歌曲'] },
  staff: { en: ['employee'], zh: ['员工'] },
  state: { en: ['status'], zh: ['状态', '州'] },
  status: { en: ['state'], zh: ['状态'] },
  store: { en: ['shop'], zh: ['门店', '商店'] },
  student: { en: ['pupil'], zh: ['学生'] },
  supplier: { en: ['vendor'], zh: ['供应商'] },
  teacher: { zh: ['老师', '教师'] },
  territory: { en: ['area'], zh: ['销售区域'] },
  ticket: { zh: ['票', '工单'] },
  title: { zh: ['标题', '名称'] },
  total: { en: ['sum'], zh: ['总额', '总计'] },
  track: { en: ['song'], zh: ['曲目', '歌曲'] },
  user: { zh: ['用户'] },
  warehouse: { zh: ['仓库'] },
};

/** What the fake says for tables that come as JSON, one to a line. Of languages but English and Chinese it knows the tag alone. */
export function aliasesOf(question: string, languages: readonly string[] = ['en', 'zh']): object[] {
  const namesOf = (name: string) => Object.fromEntries(languages.map((tag) => [tag, wordsFor(name, tag)]));
  return question.split('\n').flatMap((line) => {
    const table = parsed(line);
    if (!isObject(table) || typeof table['table'] !== 'string') return [];
    const columns = Array.isArray(table['columns']) ? table['columns'].filter(isObject) : [];
    const own = namesOf(table['table'].split('.').at(-1) ?? '');
    return [
      { table: table['table'], ...own, columns: columns.map(({ name }) => ({ name, ...namesOf(String(name)) })) },
    ];
  });
}

function wordsFor(name: string, language: string): string[] {
  const parts = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
  const known = parts.flatMap((part) => WORDS[part] ?? WORDS[singular(part)] ?? []);
  const whole = known.length > 1 ? [known.map(({ zh }) => zh[0]).join('')] : [];
  if (language === 'en') return known.flatMap(({ en }) => en ?? []);
  return language === 'zh' ? [...whole, ...known.flatMap(({ zh }) => zh)] : [`${name} (${language})`];
}

function singular(word: string): string {
  return word.replace(/ies$/, 'y').replace(/s$/, '');
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
