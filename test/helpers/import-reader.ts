/** Reads TypeScript just far enough to know its words and strings, so that comments and SQL in strings are never taken for code. */

export interface Token {
  kind: 'word' | 'string' | 'mark'
  /** A string without its quotes; a template's text up to its first `${`. */
  text: string
  line: number
}

/** `late`: loaded when asked for, by `import()`. `type`: gone when compiled. */
export interface Import { from: string, line: number, late: boolean, type: boolean }

const PIECES = [
  /(?<comment>\/\/[^\n]*|\/\*[^]*?\*\/)/,
  /(?<string>'(?:\\[^]|[^'\\\n])*'|"(?:\\[^]|[^"\\\n])*")/,
  /(?<regex>\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*)/,
  /(?<word>[\p{L}_$][\p{L}\p{N}_$]*|\d[\w.]*)/u,
  /(?<mark>===|!==|==|!=|=>|`|\S)/,
]
const PIECE = new RegExp(PIECES.map((piece) => piece.source).join('|'), 'gu')

/** A slash begins a regular expression only where a value may begin; after a value it divides. */
const BEFORE_VALUE = new Set(['return', 'typeof', 'case', 'of', 'in', 'do', 'else', 'void', 'await', 'yield', 'throw', 'new', 'delete'])

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const templates: number[] = []      // for each open `${`: how many braces stand open inside it
  let line = 1
  let at = 0
  const advanceTo = (end: number) => {
    line += text.slice(at, end).split('\n').length - 1
    at = end
  }
  const readTemplate = (start: number) => {
    const end = endOfTemplateText(text, start)
    tokens.push({ kind: 'string', text: text.slice(start, end), line })
    if (text.startsWith('${', end)) templates.push(0)
    advanceTo(end + (text.startsWith('${', end) ? 2 : 1))
  }
  for (;;) {
    PIECE.lastIndex = at
    let found = PIECE.exec(text)
    if (found?.groups?.['regex'] !== undefined && !mayBeginValue(tokens.at(-1))) {
      found = Object.assign(/\//.exec('/')!, { index: found.index, groups: { mark: '/' } })
    }
    if (!found) return tokens
    advanceTo(found.index)
    const { string, word, mark } = found.groups ?? {}
    if (mark === '`') {
      readTemplate(at + 1)
      continue
    }
    const open = templates.length - 1
    if (mark === '{' && open >= 0) templates[open]! += 1
    if (mark === '}' && open >= 0 && templates[open]!-- === 0) {
      templates.pop()
      readTemplate(at + 1)
      continue
    }
    if (string !== undefined) tokens.push({ kind: 'string', text: string.slice(1, -1), line })
    if (word !== undefined) tokens.push({ kind: 'word', text: word, line })
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, line })
    advanceTo(at + found[0].length)
  }
}

function endOfTemplateText(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '`' || text.startsWith('${', at)) return at
  }
  return text.length
}

function mayBeginValue(before: Token | undefined): boolean {
  if (before === undefined) return true
  if (before.kind === 'word') return BEFORE_VALUE.has(before.text)
  return before.kind === 'mark' && !')]}'.includes(before.text)
}

/** Everything that a file imports or exports from elsewhere, in order. */
export function importsOf(text: string): Import[] {
  const tokens = tokensOf(text)
  return tokens.flatMap((token, index): Import[] => {
    if (token.kind !== 'string') return []
    const before = tokens[index - 1]
    const found = { from: token.text, line: token.line }
    if (isWord(before, 'from')) return [{ ...found, late: false, type: isTypeOnly(tokens, index) }]
    if (isWord(before, 'import')) return [{ ...found, late: false, type: false }]
    if (before?.text !== '(' || !['import', 'require'].some((name) => isWord(tokens[index - 2], name))) return []
    return [{ ...found, late: true, type: false }]
  })
}

/** Looks back from the string to the `import` or `export` that it belongs to, and at the word after that. */
function isTypeOnly(tokens: readonly Token[], from: number): boolean {
  for (let at = from - 2; at >= 0; at--) {
    if (isWord(tokens[at], 'import') || isWord(tokens[at], 'export')) return isWord(tokens[at + 1], 'type')
  }
  return false
}

const isWord = (token: Token | undefined, text: string) => token?.kind === 'word' && token.text === text
