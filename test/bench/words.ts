/** What each database says in its own way, as far as the benchmark asks for it. */

/** How a value is written as a text, so that equal values are equal texts on every database. */
export type Form = 'integer' | 'decimal' | 'instant' | 'text'

export interface Words {
  /** The type of an instant with microseconds. */
  readonly instant: string
  /** A value as a text. */
  asText(expression: string, form: Form): string
  /** Texts behind each other with `|` between them. */
  joined(texts: readonly string[]): string
  /** The first 32 bits of a text's MD5, as a whole number. */
  hash(text: string): string
  /** The rows of numbers 1 to `count` in their order, named `n`, as something to select from. */
  numbers(count: number): string
  /** What the number is divided by, as a whole number. */
  div(expression: string, by: number): string
  /** That many seconds after 2024 began. */
  instantAfter(seconds: string): string
  /** The day of an instant as the number yyyymmdd. */
  dayNumber(instant: string): string
}

export const mysqlWords: Words = {
  instant: 'DATETIME(6)',
  asText: (expression, form) => form === 'instant' ? `DATE_FORMAT(${expression}, '%Y-%m-%d %H:%i:%s.%f')` : form === 'text' ? expression : `CAST(${expression} AS CHAR)`,
  joined: (texts) => `CONCAT_WS('|', ${texts.join(', ')})`,
  hash: (text) => `CAST(CONV(LEFT(MD5(${text}), 8), 16, 10) AS UNSIGNED)`,
  numbers: (count) => `(WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${count}) SELECT n FROM counted) AS numbers`,
  div: (expression, by) => `${expression} DIV ${by}`,
  instantAfter: (seconds) => `TIMESTAMPADD(SECOND, ${seconds}, '2024-01-01')`,
  dayNumber: (instant) => `CAST(DATE_FORMAT(${instant}, '%Y%m%d') AS SIGNED)`,
}

/** MariaDB counts by itself. */
export const mariadbWords: Words = { ...mysqlWords, numbers: (count) => `(SELECT seq AS n FROM seq_1_to_${count}) AS numbers` }

export const postgresWords: Words = {
  instant: 'TIMESTAMP',
  asText: (expression, form) => form === 'instant' ? `to_char(${expression}, 'YYYY-MM-DD HH24:MI:SS.US')` : form === 'text' ? expression : `CAST(${expression} AS TEXT)`,
  joined: (texts) => texts.join(" || '|' || "),
  hash: (text) => `CAST(CAST('x' || LEFT(MD5(${text}), 8) AS BIT(32)) AS BIGINT)`,
  numbers: (count) => `(SELECT generate_series(1, CAST(${count} AS BIGINT)) AS n) AS numbers`,
  div: (expression, by) => `${expression} / ${by}`,
  instantAfter: (seconds) => `TIMESTAMP '2024-01-01' + (${seconds}) * INTERVAL '1 second'`,
  dayNumber: (instant) => `CAST(to_char(${instant}, 'YYYYMMDD') AS INT)`,
}

export const duckdbWords: Words = {
  instant: 'TIMESTAMP',
  asText: (expression, form) => form === 'instant' ? `strftime(${expression}, '%Y-%m-%d %H:%M:%S.%f')` : form === 'text' ? expression : `CAST(${expression} AS VARCHAR)`,
  joined: (texts) => texts.join(" || '|' || "),
  hash: (text) => `CAST('0x' || LEFT(MD5(${text}), 8) AS BIGINT)`,
  numbers: (count) => `(SELECT n FROM range(1, ${count + 1}) AS numbers(n)) AS numbers`,
  div: (expression, by) => `${expression} // ${by}`,
  instantAfter: (seconds) => `TIMESTAMP '2024-01-01' + to_seconds(CAST(${seconds} AS BIGINT))`,
  dayNumber: (instant) => `CAST(strftime(${instant}, '%Y%m%d') AS INT)`,
}
