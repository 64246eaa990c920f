// What is known while reading: where in the grammar we are (Item), the names so far, the table, a `(` for each open
// bracket (Depth), and what closes the string or comment that is open (Mode).
export type Open = 'open'
export type State = [item: unknown, names: string, table: string, depth: string, mode: string]
export type Begin = ['begin', never, '', '', '']
export type To<St extends State, I> = [I, St[1], St[2], St[3], '']
export type Named<St extends State, Name extends string, I> = [I, St[1] | Name, St[2], St[3], '']
export type InMode<St extends State, Mode extends string> = [St[0], St[1], St[2], St[3], Mode]

/** What a text was found to name. */
export type Read<Names extends string, Table extends string> = { names: Names, table: Table }

export type Blank = ' ' | '\n' | '\t' | '\r'
/** Databases disagree on what these are; or they look like a blank and aren't one. */
export type Unsure = '\\' | '#' | '$' | '\0' | '\f' | '\v' | '\u00A0' | '\u200B' | '\u2028' | '\u2029' | '\uFEFF'
export type Mark = '\'' | '"' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '.' | '-' | '/' | '*' | '+' | '%' | '|' | '&' | '^' |
  '~' | '<' | '>' | '=' | '!' | '@' | '?' | ':' | Unsure
export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
export type Stopped = `${string}${Blank | Mark}${string}`

/** The name in a token that is a word or a quoted name, as written; unknown for anything else. */
export type NameIn<T extends string> =
  T extends `"${infer N}` ? N extends '' | `${Blank}${string}` | `${string}${Blank}` | `${string}${Unsure}${string}` ? unknown : N
  : T extends `${Mark | Digit}${string}` ? unknown : T
