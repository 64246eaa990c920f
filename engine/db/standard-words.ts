import { is, tokenize } from '../sql/tokens.ts'
import type { Token } from '../sql/tokens.ts'

/** How a database that keeps to the standard spells what a create may say in MySQL's words. */
export interface Spelling {
  /** SQL for its clock. */
  readonly now: string
  /** A token as it goes into the statement: names in this database's quotes. */
  readonly name: (token: Token) => string
}

/** SQL with MySQL's quotes and clock in this database's words. */
export function translated(sql: string, spelling: Spelling): string {
  return spelled(tokenize(sql, 'standard').tokens, spelling)
}

function spelled(tokens: readonly Token[], { now, name }: Spelling): string {
  let out = ''
  let end = tokens[0]?.start ?? 0
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]
    if (token === undefined) break
    if (token.start > end) out += ' '
    if (is(token, 'CURRENT_TIMESTAMP', 'NOW', 'LOCALTIMESTAMP', 'UTC_TIMESTAMP')) {
      out += now
      while (is(tokens[at + 1], '(')) while (!is(tokens[at += 1], ')') && at < tokens.length) continue
    } else out += name(token)
    end = tokens[at]?.end ?? token.end
  }
  return out
}

/** MySQL's collations and character sets; databases that compare texts character by character have others, which are kept. */
const MYSQL_COLLATION = /^(binary|(utf8(mb[34])?|utf16(le)?|utf32|ucs2|latin\d|ascii|cp\d+|koi8[ru]|greek|hebrew|big5|gbk?\d*|sjis|ujis|euckr|uca\d*)(_\w+)?)$/i

/** What of a column's further words a database understands that isn't MySQL. */
export function ownWords(rest: string, spelling: Spelling): string[] {
  const { tokens } = tokenize(rest, 'standard')
  const kept: Token[] = []
  for (let at = 0; at < tokens.length;) {
    const skipped = foreignWords(tokens, at)
    if (skipped > 0) at += skipped
    else {
      kept.push(...tokens.slice(at, at + 1))
      at += 1
    }
  }
  return kept.length === 0 ? [] : [spelled(kept, spelling)]
}

/** How many words from here on are MySQL's own; 0 where they aren't. */
function foreignWords(tokens: readonly Token[], at: number): number {
  const [first, second, third] = [tokens[at], tokens[at + 1], tokens[at + 2]]
  if (is(first, 'COLLATE')) return MYSQL_COLLATION.test(second?.value ?? '') ? 2 : 0
  if (is(first, 'CHARSET', 'COLUMN_FORMAT', 'STORAGE', 'SRID')) return 2
  if (is(first, 'CHARACTER') && is(second, 'SET')) return 3
  if (is(first, 'INVISIBLE', 'VISIBLE', 'COMPRESSED', 'BINARY')) return 1
  if (!is(first, 'ON') || !is(second, 'UPDATE')) return 0
  const close = is(tokens[at + 3], '(') ? tokens.findIndex((token, place) => place > at + 3 && is(token, ')')) : -1
  return third === undefined ? 2 : close < 0 ? 3 : close - at + 1
}
