import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownFiles, prose, read, ROOT } from './markdown.ts'

/** The members of an interface, or of an object between braces, as the code writes it. */
export function membersOf(path: string, opening: string): string[] {
  const text = read(path)
  const from = text.indexOf(opening)
  if (from < 0) throw new Error(`${path} has no ${JSON.stringify(opening)}`)
  const start = text.lastIndexOf('\n', from) + 1
  const indent = /^ */.exec(text.slice(start))?.[0] ?? ''
  const body = text.slice(text.indexOf('{\n', from) + 2)
  const end = new RegExp(`^${indent}\\}`, 'm').exec(body)?.index
  const members = [...body.slice(0, end).matchAll(new RegExp(`^${indent} {2}(?:readonly )?(\\w+)\\??(?::|\\()`, 'gm'))]
  return members.map(([, name = '']) => name)
}

/** Every name that the package exports. */
export function exportsOf(path: string): string[] {
  return [...read(path).matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()).filter(Boolean))
}

/** The functions and classes among them. */
export const valuesOf = (path: string): string[] => [...read(path).matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()).filter(Boolean))

/** The modules of the engine that have something to export. */
export const publicModules = (): string[] => [...new Set([...read('engine/index.ts').matchAll(/from '\.\/(.*?)'/g)].map(([, path = '']) => `engine/${path}`))]

/** The variables that a text of code reads, as far as it names them; what is computed is found by asking. */
export function variablesIn(code: string): string[] {
  const named = [...code.matchAll(/env(?:\.|\[')([A-Z][A-Z0-9_]*)/g)].map(([, name = '']) => name)
  const taken = [...code.matchAll(/\{([^{}]*)\}(?:: NodeJS\.ProcessEnv| = (?:process\.)?env\b)/g)].flatMap(([, names = '']) => names.match(/\b[A-Z][A-Z0-9_]*\b/g) ?? [])
  const asked = [...code.matchAll(/\benv\('(\w+)'/g)].map(([, name = '']) => name)
  const ofTests = [...code.matchAll(/envVariable: '(\w+)'/g)].map(([, name = '']) => name)
  return [...named, ...taken, ...asked, ...ofTests]
}

/** What `work` asks the environment for while it runs, besides what is a variable of the system's. */
export function askedWhile(work: () => void): string[] {
  const asked = new Set<string>()
  const before = process.env
  process.env = new Proxy({}, { get: (_, name) => { asked.add(String(name)); return String(name).endsWith('_HOST') ? 'host' : undefined } })
  try {
    work()
  } finally {
    process.env = before
  }
  return [...asked]
}

/** Code without its comments: an example in one is no code. */
export const uncommented = (path: string): string => readFileSync(join(ROOT, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

/** Every flag that a page speaks of in its prose, with the page. */
export function flagsSpokenOf(): Map<string, string> {
  return new Map(markdownFiles().flatMap((page) => [...prose(read(page)).matchAll(/`[^`\n]*`/g)]
    .flatMap(([code]) => [...code.matchAll(/(?<![\w-])--([a-z][\w-]*)/g)].map(([, flag = '']) => [flag.replaceAll('-', '_'), page] as const))))
}
