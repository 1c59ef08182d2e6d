/** Words of names, in lower case. What stands whole in a name counts; what may hide inside of a longer word is below. */

/** Contacts, documents, secrets: a column whose name has one of these words is about a person or a secret. */
export const SENSITIVE_WORDS = new Set(
  `mail mails tel tels ph phone fax mob mobile cell gsm msisdn whatsapp telegram skype im qq wx openid unionid
  ssn sin nin nino itin tin cpf cnpj curp nif nie dni bsn pesel aadhaar pan vat passport visa licence license
  iban bic cvv cvc cvv2 pin ccv cc ccnum creditcard card cards bankcard
  password passwd pwd pswd psw pw pass passphrase passcode salt hash secret secrets token tokens jwt otp totp mfa pat cookie csrf
  apikey credential credentials signature fingerprint biometric privkey pem
  dob birthdate birthday birth born addr address addresses street strasse ip ipv mac imei imsi iccid udid idfa
  acct acctno acctnum
  blood diagnosis diagnoses religion religious ethnicity ethnic race disability disabilities orientation
  salary salaries wage wages income incomes
  surname lastname firstname fullname forename nickname username login
  contact recipient addressee consignee assignee beneficiary signatory guardian spouse
  correo telefono celular apellido apellidos nombres direccion contrasena clave nacimiento
  prenom adresse courriel telephone portable naissance
  vorname nachname anschrift telefon handy kennwort passwort geburtsdatum geburtstag
  sobrenome endereco senha nascimento
  sfz sfzh sfzhm sjh sjhm lxr lxdh lxfs xm dh dhhm yx yhk yhkh csrq jtzz mm cph hzh`.split(/\s+/),
);

/** Unmistakable even inside of a longer word: `custemailaddr`, `userphone2`. */
export const SENSITIVE_PARTS = [
  ...`email emailaddr telephone phonen mobileno cellphone whatsapp wechat password passwd passphrase passcode apikey accesskey
  secretkey sessionkey signingkey encryptionkey masterkey privatekey clientsecret accesstoken refreshtoken authtoken bearertoken sessiontoken credential passport socialsec
  nationalid identityno identitycard idcard idnumber idnum taxid taxpayer driverlic driverslic licenseplate licenceplate platenumber
  platenumber creditcard cardnumber cardnum cardno debitcard bankaccount bankcard accountnumber accountnum accountno
  birthdate birthday birthplace dateofbirth maidenname firstname lastname middlename givenname familyname surname fullname nickname
  username loginname contactname personname realname legalname displayname streetaddr homeaddr mailaddr mailingaddr ipaddr macaddr
  deviceid medicalrecord insuranceno insurancenumber healthcard
  shouji shoujihao dianhua youxiang xingming shenfenz zhengjianhao huzhao dizhi zhuzhi yinhangka yinhangzh kahao zhanghao
  chusheng shengri weixin lianxi lianxiren mima kouling chepai miyao lingpai nicheng yonghuming`.split(/\s+/),
];

/** In Chinese, Japanese and Korean names and comments, where no blanks part the words. Traditional forms too. */
export const SENSITIVE_CJK =
  /姓名|名字|人名|真名|昵称|暱稱|用户名|用戶名|登录名|曾用名|联系人|聯絡人|联系方式|聯絡方式|收件人|收货人|收貨人|寄件人|经办人|负责人|負責人|监护人|法人|法定代表|电话|電話|手机|手機|座机|传真|傳真|邮箱|郵箱|邮件|郵件|电邮|電郵|信箱|身份证|身份證|身分證|证件|證件|护照|護照|驾照|驾驶证|通行证|户口|社保|医保|病历|病歷|银行卡|銀行卡|信用卡|卡号|卡號|账号|賬號|帐号|帳號|账户号|开户行|密码|密碼|口令|密钥|密鑰|令牌|验证码|驗證碼|住址|地址|门牌|籍贯|出生|生日|微信|车牌|車牌|指纹|学号|學號|工号|工號|氏名|住所|メール|パスワード|生年月日|携帯|이름|성명|전화|휴대폰|이메일|주민|주소|비밀번호|여권|계좌/;

/** Whose names are names of people. */
export const PERSON_WORDS = new Set(
  `person persons people customer customers cust client clients user users member members employee employees emp staff worker workers
  patient patients student students pupil pupils teacher teachers instructor instructors professor faculty doctor doctors physician
  physicians nurse nurses driver drivers candidate candidates applicant applicants guest guests passenger passengers subscriber
  subscribers buyer buyers owner owners lead leads contact contacts contractor contractors volunteer volunteers donor donors resident
  residents citizen citizens voter voters player players actor actors author authors artist artists agent agents manager managers
  salesperson salesman salesrep rep reps friend friends child children parent parents father mother husband wife spouse holder payer payee
  sender recipient host hosts attendee attendees participant participants borrower borrowers cardholder policyholder insured
  kehu yonghu huiyuan yuangong xuesheng laoshi bingren huanzhe renyuan`.split(/\s+/),
);

export const PERSON_CJK =
  /客户|客戶|顾客|顧客|用户|用戶|会员|會員|员工|員工|职员|人员|人員|患者|病人|学生|學生|教师|老师|医生|醫生|司机|乘客|旅客|联系人|业主|居民|顧客|社員|고객|회원|직원|환자|학생/;

/** Words for a name itself. */
export const NAME_WORDS = new Set([
  'name',
  'names',
  'fname',
  'lname',
  'mname',
  'nombre',
  'nom',
  'nome',
  'initials',
  'alias',
]);
export const NAME_CJK = /(?:名称|名稱|名)$/;

/** What is said about such data, and is not it: `phone_type`, `email_verified`, 证件类型. */
export const NEUTRAL_ENDINGS = new Set(
  `type types kind kinds status statuses state category categories class classes count counts verified flag format enabled provider
  brand required consent preference policy method group groups role roles level levels tier tiers segment segments rank ranks grade
  grades region regions country countries city cities leixing zhuangtai`.split(/\s+/),
);
export const NEUTRAL_CJK =
  /(?:类型|類型|类别|類別|种类|种別|種別|状态|狀態|等级|等級|级别|分组|分类|来源|渠道|数量|次数|个数|国家|城市|省份|地区)$|^是否/;
