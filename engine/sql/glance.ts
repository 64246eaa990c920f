import type { NoColumn } from './create-columns.ts'
import type { Digit, Named, State, Stopped, Unsure } from './reading-state.ts'
import type { EndOfList } from './select-columns.ts'

// Most lines are plain and whole: a glance tells what token by token would say, for a fifth of the time.

/** The state after a line of whole items, or of the tail; `unknown` for any line that wants a closer look. */
export type Glance<G, S extends string, St extends State> =
  St extends ['column', string, string, '(', ''] ? GlanceColumns<Flat<Calm<WithoutTicks<S>>>, St>
  : St extends ['item', string, string, '', ''] ? Uppercase<S> extends `${string}COLUMNS${string}` ? unknown : GlanceItems<Flat<Calm<S>>, St>
  : St extends ['tail', string, string, '', ''] ? GlanceTail<G, Flat<Calm<S>>, St>
  : unknown

/** `price` for a first name in backticks, as MySQL writes it. */
type WithoutTicks<S extends string> =
  S extends `${infer A}\`${infer N}\` ${infer R}` ? N extends Stopped ? S : Uppercase<N> extends NoColumn | 'PERIOD' ? S
  : A extends Blanks ? `${N} ${R}` : S : S
type Blanks = '' | ' ' | '  ' | '    ' | '      ' | '        ' | '\t' | '\t\t'

type Hard = `${string}${'\'' | '"' | '`' | '[' | ']' | '{' | '}' | ';' | '--' | '/*' | Unsure}${string}`

/** Without its strings and the comment at its end; unknown where that is not simple. */
type Calm<S extends string> =
  S extends `${infer A}'${infer B}`
    ? A extends Hard ? WithoutComment<S>
    : B extends `${infer Q}'${infer C}`
      ? Q extends `${string}\\` ? unknown : C extends `'${string}` ? unknown : Calm<`${A} 0 ${C}`>
      : unknown
    : S extends Hard ? WithoutComment<S> : S
type WithoutComment<S extends string> = S extends `${infer A}-- ${string}` ? A extends Hard ? unknown : A : unknown

/** Without its brackets and what they hold; unknown where they don't match. */
type Flat<S> =
  S extends `${infer A})${infer C}` ? A extends `${string}(${string}` ? Flat<`${BeforeLastBracket<A>} 0 ${C}`> : unknown
  : S extends `${string}(${string}` ? unknown : S
type BeforeLastBracket<A extends string, Done extends string = ''> =
  A extends `${infer P}(${infer Q}` ? Q extends `${string}(${string}` ? BeforeLastBracket<Q, `${Done}${P}(`> : `${Done}${P}` : never

type GlanceColumns<S, St extends State> =
  S extends `${infer A},${infer R}`
    ? FirstOf<A> extends infer W extends string
      ? Uppercase<W> extends NoColumn ? GlanceColumns<R, St>
      : Uppercase<W> extends 'PERIOD' ? unknown
      : W extends `${Digit}${string}` | Stopped ? unknown : GlanceColumns<R, Named<St, W, 'column'>>
      : unknown
    : S extends Blanks | '\n' | ' \n' | '\r\n' ? St : unknown
type FirstOf<S extends string> =
  S extends `    ${infer R}` ? FirstOf<R> : S extends ` ${infer R}` ? FirstOf<R> : S extends `${infer W} ${string}` ? W : unknown

type GlanceItems<S, St extends State> =
  S extends `${infer A},${infer R}`
    ? A extends `${infer E} ${'AS' | 'as'} ${infer N}`
      ? N extends Stopped | `${Digit}${string}` | '' ? unknown
      : Uppercase<E> extends Risky | Lowercase<E> ? unknown : GlanceItems<R, Named<St, N, 'item'>>
      : unknown
    : S extends Blanks | '\n' | ' \n' | '\r\n' ? St : unknown
type Risky = `${string}${'*' | ' AS' | 'AS ' | 'SELECT' | 'UNNEST' | 'DISTINCT' | EndOfList}${string}`

type GlanceTail<G, S, St extends State> =
  S extends string ? Uppercase<S> extends (G extends 'create' ? `${string}${'SELECT' | 'AS' | 'LIKE'}${string}` : `${string}UNION${string}`) ? unknown : St : unknown
