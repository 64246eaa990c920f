/** Adds a name to files that the team writes: only where it is certain what they say; undefined otherwise. */

/** `dimensions/index.ts` with one export more. */
export function withExport(text: string, name: string): string | undefined {
  const isPlain = text.split('\n').every((line) => line.trim() === '' || /^\s*(\/\/.*|export (type )?\{[^{}]*\} from '[^']*';?)\s*$/.test(line))
  if (!isPlain) return undefined
  return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}export { ${name} } from './${name}.ts'\n`
}

/** `config.ts` with the name imported and listed. */
export function withListed(text: string, type: 'dimension' | 'fact', name: string): string | undefined {
  const imported = withImport(text, `./${type}s/index.ts`, name)
  if (imported === undefined) return undefined
  const [found, ...more] = [...imported.matchAll(new RegExp(String.raw`(?<=^[ \t]*|\{[ \t]*)${type}s:[ \t]*\{([^{}]*)\}`, 'gm'))]
  if (found === undefined || more.length > 0 || isCommented(imported, found.index)) return undefined
  const inner = found[1] ?? ''
  return replaced(imported, found.index + found[0].indexOf('{'), inner, withName(inner, name))
}

function withImport(text: string, from: string, name: string): string | undefined {
  const [found, ...more] = [...text.matchAll(new RegExp(String.raw`^import \{([^{}]*)\} from '${from.replaceAll('.', String.raw`\.`)}'`, 'gm'))]
  if (more.length > 0) return undefined
  if (found === undefined) return text.includes(`'${from}'`) || text.includes(`"${from}"`) ? undefined : withNewImport(text, from, name)
  const inner = found[1] ?? ''
  return replaced(text, found.index + found[0].indexOf('{'), inner, withName(inner, name))
}

/** After the last import that stands at the beginning of a line. */
function withNewImport(text: string, from: string, name: string): string | undefined {
  const last = [...text.matchAll(/^import (?:type )?(?:\{[^{}]*\}|\w+) from '[^'\n]*';?\n/gm)].at(-1)
  if (last === undefined) return undefined
  const end = last.index + last[0].length
  return `${text.slice(0, end)}import { ${name} } from '${from}'\n${text.slice(end)}`
}

/** What stands between two braces, with a name more: in a line of its own where the others have theirs. */
function withName(inner: string, name: string): string | undefined {
  const names = inner.replaceAll(/\/\/.*$|\/\*[\s\S]*?\*\//gm, '')
  if (!/^\s*(\w+(\s*,\s*\w+)*\s*,?)?\s*$/.test(names) || names.split(/[\s,]+/).includes(name)) return undefined
  if (names.trim() === '') return inner.trim() === '' ? ` ${name} ` : undefined
  if (!inner.includes('\n')) return ` ${inner.trim().replace(/,$/, '')}, ${name} `
  const [, body = '', tail = ''] = /^([\s\S]*?)(\s*)$/.exec(inner) ?? []
  const lastLine = body.split('\n').at(-1) ?? ''
  // A comment behind the last name would swallow what is added.
  if (lastLine.includes('//') || lastLine.includes('/*')) return undefined
  const comma = body.trimEnd().endsWith(',') ? '' : ','
  const indent = /^\s*/.exec(lastLine)?.[0] ?? '  '
  return lastLine.includes(',') && !/^\s*\w+,?$/.test(lastLine) ? `${body}${comma} ${name},${tail}` : `${body}${comma}\n${indent}${name},${tail}`
}

function replaced(text: string, brace: number, inner: string, by: string | undefined): string | undefined {
  return by === undefined ? undefined : `${text.slice(0, brace + 1)}${by}${text.slice(brace + 1 + inner.length)}`
}

/** Whether a place of the text is behind the beginning of a comment in its line. */
function isCommented(text: string, at: number): boolean {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at)
  const block = text.lastIndexOf('/*', at)
  return before.includes('//') || (block >= 0 && text.indexOf('*/', block) > at)
}
