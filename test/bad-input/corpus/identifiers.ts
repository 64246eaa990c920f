/** Names that somebody may give to a table, a column, an ETL, a source's alias or a file. */

const nul = String.fromCharCode(0)

export const IDENTIFIERS: readonly string[] = [...new Set([
  // Words that one database or another keeps for itself
  'select', 'from', 'where', 'table', 'order', 'group', 'user', 'index', 'key', 'primary', 'default', 'values', 'rank', 'row', 'rows', 'system', 'window', 'lateral', 'analyze', 'all', 'and', 'as', 'case',
  'check', 'column', 'create', 'cross', 'current_date', 'desc', 'distinct', 'drop', 'end', 'exists', 'false', 'true', 'null', 'not', 'grant', 'in', 'into', 'is', 'join', 'like', 'limit', 'offset', 'on', 'or',
  'references', 'set', 'to', 'union', 'unique', 'using', 'when', 'with', 'match', 'interval', 'year_month', 'lead', 'lag', 'qualify', 'pivot', 'unpivot', 'describe', 'show', 'pragma', 'timestamp', 'public',
  'information_schema', 'pg_catalog', 'main', 'temp', 'mysql', 'oid', 'ctid', 'xmin', 'tableoid', 'rowid',
  // Words of JavaScript's
  'constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'length', 'name', 'undefined', 'nan', 'eval', 'arguments', '__defineGetter__', 'isPrototypeOf',
  // Names of the engine's own
  'row_no', 'etl_order', 'etl_effective', 'etl_run', 'etl_target', 'etl_bad_row', 'file', 'raw', 'temp_raw', 'sale__r1', 'sale__o7', 'valid_from', 'is_current', 'n', 'm', 'o', 't',
  // Quotes, ends and comments
  '"', '""', '`', '``', "'", "''", 'a"b', 'a`b', "a'b", 'a""b', '"a"', '`a`', '[a]', 'a;b', ';', '--', 'a--b', '/*', '*/', 'a/*b*/c', '#', 'a#b', '\\', 'a\\b', '\\"', "\\'", '$$', '$1', '$a$', 'a$b', ':a', '?', 'a?b', '@a', '@@version', '%', '%s',
  'a%b', '%d', '{}', '${a}', '{{a}}', '%00', '..', '.', 'a.b', 'main.a', 'a/b', '../a', 'a:b', 'c:\\a', 'a|b', 'a&b', 'a=b', 'a<b>', '(a)', 'a,b', 'a+b', 'a*', '*', '!', '~', 'a^b', 'a-b', '-a',
  // Attempts
  "x'; DROP TABLE bystander; --", 'x"; DROP TABLE bystander; --', 'x`; DROP TABLE bystander; --', 'x) AS y; DROP TABLE bystander; --', "' OR '1'='1", '" OR ""="', "x' UNION SELECT * FROM bystander --", 'bystander', 'x"."bystander',
  "x'||(SELECT 1)||'", '1; DELETE FROM bystander', '/**/DROP/**/TABLE/**/bystander', '\'; EXEC xp_cmdshell(\'x\'); --', '<script>alert(1)</script>', '$(touch x)', '`touch x`', '../../etc/passwd', "x' INTO OUTFILE '/tmp/x", 'COPY x TO PROGRAM',
  // Blanks and what can't be seen
  '', ' ', '  ', 'a b', ' a', 'a ', '\t', 'a\tb', 'a\nb', 'a\r\nb', '\n', nul, `a${nul}b`, '\u0001', 'a\u007Fb', '\u00A0', 'a\u00A0b', '\u200B', 'a\u200Bb', 'a\u200Db', '\uFEFFa', 'a\u2028b', '\u3164', 'a\u00ADb', '\u202Ea', 'a\u202Eb', '\u2066a\u2069',
  // Letters of others
  'ä', 'naïve', 'e\u0301', '\u0301', 'ß', 'İstanbul', 'ı', 'ﬁsh', 'Ǆ', 'ſ', 'Ω', 'Ω', 'ѕchool', 'оrder', 'ｓelect', '名前', 'שלום', 'مرحبا', 'ไทย', 'हिन्दी', '한국어', 'Ⅷ', '２', '١٢', '²', '½', '€', '™', '…', '“a”', '—', '\uFFFD', '\uFFFF',
  '\u{1F600}', 'a\u{1F600}', '\u{1D4D0}', '\u{20000}', '\u{10FFFF}', '\uD800', 'a\uDC00',
  // Numbers, case and length
  '0', '1', '123', '1a', '1e5', '0x1', '1.5', '-1', 'A', 'Order', 'CamelCase', 'UPPER', '_', '__', '_a', '$', 'a'.repeat(47), 'b'.repeat(48), 'c'.repeat(49), 'd'.repeat(63), 'e'.repeat(64), 'f'.repeat(65), 'g'.repeat(128), 'h'.repeat(256),
  'é'.repeat(24), 'ü'.repeat(25), 'ö'.repeat(32), '字'.repeat(16), '漢'.repeat(17), '語'.repeat(21), '文'.repeat(22),
])]
