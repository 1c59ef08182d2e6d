/**
 * The judged list of PostgreSQL's own functions (versions 13 to 18) that a question may call. Everything else in
 * pg_catalog is refused: what reads settings, files, the catalogue, sessions, locks, sequences, large objects or
 * statistics, what takes SQL or a relation's name as text, what changes a setting, sends or sleeps, and the internals
 * (type input and output, operator and index support) that nobody calls by name.
 *
 * Volatility was no guide: `table_to_xml`, `current_setting` and `pg_get_viewdef` are stable; `random` is harmless.
 */
const JUDGED = {
  numbers: `abs acos acosd acosh asin asind asinh atan atan2 atan2d atand atanh cbrt ceil ceiling cos cosd cosh cot cotd
    degrees div erf erfc exp factorial floor gamma gcd lcm lgamma ln log log10 min_scale mod pi pow power radians random
    random_normal round scale sign sin sind sinh sqrt tan tand tanh to_bin to_hex to_oct trim_scale trunc width_bucket`,

  strings: `ascii bit_length btrim casefold char_length character_length chr concat concat_ws format initcap
    is_normalized left length like like_escape lower lpad ltrim md5 normalize notlike num_nonnulls num_nulls
    octet_length overlay parse_ident pg_size_bytes pg_size_pretty position quote_ident quote_literal quote_nullable
    regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr repeat replace reverse right rpad rtrim similar_escape similar_to_escape
    split_part starts_with string_to_array string_to_table strpos substr substring to_ascii translate unicode_assigned
    unistr upper`,

  bytesAndBits: `bit_count convert convert_from convert_to crc32 crc32c decode encode get_bit get_byte hashtext
    hashtextextended set_bit set_byte sha224 sha256 sha384 sha512`,

  datesAndTimes: `age clock_timestamp date_add date_bin date_part date_subtract date_trunc extract isfinite justify_days
    justify_hours justify_interval make_date make_interval make_time make_timestamp make_timestamptz now overlaps
    statement_timestamp timeofday timezone to_char to_date to_number to_timestamp transaction_timestamp`,

  arrays: `array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_reverse array_sample array_shuffle array_sort
    array_to_string array_upper arraycontained arraycontains arrayoverlap cardinality generate_series
    generate_subscripts trim_array unnest`,

  json: `array_to_json json_array_element json_array_element_text json_array_elements json_array_elements_text
    json_array_length json_build_array json_build_object json_each json_each_text json_extract_path
    json_extract_path_text json_object json_object_field json_object_field_text json_object_keys json_populate_record
    json_populate_recordset json_scalar json_strip_nulls json_to_record json_to_recordset json_typeof
    jsonb_array_element jsonb_array_element_text jsonb_array_elements jsonb_array_elements_text jsonb_array_length
    jsonb_build_array jsonb_build_object jsonb_concat jsonb_contained jsonb_contains jsonb_delete jsonb_delete_path
    jsonb_each jsonb_each_text jsonb_exists jsonb_exists_all jsonb_exists_any jsonb_extract_path
    jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_field jsonb_object_field_text jsonb_object_keys
    jsonb_path_exists jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array
    jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz
    jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls
    jsonb_to_record jsonb_to_recordset jsonb_typeof row_to_json to_json to_jsonb`,

  ranges: `daterange datemultirange int4multirange int4range int8multirange int8range isempty lower_inc lower_inf
    multirange nummultirange numrange range_merge tsmultirange tsrange tstzmultirange tstzrange upper_inc upper_inf`,

  aggregates: `any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp every
    json_agg json_agg_strict json_object_agg json_object_agg_strict json_object_agg_unique
    json_object_agg_unique_strict jsonb_agg jsonb_agg_strict jsonb_object_agg jsonb_object_agg_strict
    jsonb_object_agg_unique jsonb_object_agg_unique_strict max min mode percentile_cont percentile_disc range_agg
    range_intersect_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
    stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance xmlagg`,

  windows: `cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number`,

  textSearch: `array_to_tsvector json_to_tsvector jsonb_to_tsvector numnode phraseto_tsquery plainto_tsquery querytree
    setweight strip to_tsquery to_tsvector ts_delete ts_filter ts_headline ts_rank ts_rank_cd ts_rewrite tsquery_phrase
    tsvector_to_array websearch_to_tsquery`,

  network: `abbrev broadcast family host hostmask inet_merge inet_same_family macaddr8_set7bit masklen netmask network
    set_masklen`,

  geometry: `area bound_box box center circle diagonal diameter height isclosed ishorizontal isopen isparallel isperp
    isvertical line lseg npoints path pclose point polygon popen radius slope width`,

  xml: `xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlcomment xmlexists xmltext xpath
    xpath_exists`,

  enums: `enum_first enum_last enum_range`,

  uuids: `gen_random_uuid uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7`,

  // Judged apart: allowed as text or as an output column, see function-rules.
  types: `pg_typeof`,
};

/** Volatile and harmless all the same: they change nothing and tell nothing but chance and the time. */
const HARMLESS_VOLATILE = `array_sample array_shuffle clock_timestamp gen_random_uuid random random_normal timeofday
  uuidv4 uuidv7`;

const ALLOWED: ReadonlySet<string> = new Set(Object.values(JUDGED).flatMap(words));
const VOLATILE: ReadonlySet<string> = new Set(words(HARMLESS_VOLATILE));

/** Whether a function of pg_catalog is on the judged list. */
export function isJudgedHarmless(name: string): boolean {
  return ALLOWED.has(name);
}

/** Whether a volatile overload of this name was judged too; of other names it is refused. */
export function isHarmlessVolatile(name: string): boolean {
  return VOLATILE.has(name);
}

/** For suggestions. */
export function judgedFunctionNames(): Iterable<string> {
  return ALLOWED;
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
