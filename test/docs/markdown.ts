import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const ELSEWHERE = new Set(['node_modules', 'dist', 'coverage', 'etl-data', 'etl-logs'])

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Every .md file of the repository, by its path from the root. */
export function markdownFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (ELSEWHERE.has(entry.name) || entry.name.startsWith('.')) return []
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return markdownFiles(path)
    return entry.isFile() && path.endsWith('.md') ? [path] : []
  })
}

/** What stands between two fences, and the line after the opening one. */
export interface Block {
  readonly language: string
  readonly text: string
  readonly line: number
}

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '', text: match[2] ?? '', line: markdown.slice(0, match.index).split('\n').length + 1,
  }))
}

/** The page without its blocks: nothing in them is a link or a heading. */
export const prose = (markdown: string): string => markdown.replaceAll(/^```.*\n[\s\S]*?^```$/gm, '')

/** Where the links of a page go, but those that leave the repository. */
export function linksOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => (/^[a-z]+:/.test(target) ? [] : [target]))
}

/** The anchors of a page: its headings as a forge writes them into links. */
export function anchorsOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '').trim().replaceAll(' ', '-'))
}

/** The part of a page under a heading, until the next one of its level or above. */
export function section(path: string, heading: string): string {
  const lines = read(path).split('\n')
  const from = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading)
  if (from < 0) throw new Error(`${path} has no heading ${JSON.stringify(heading)}`)
  const depth = /^#+/.exec(lines[from] ?? '')?.[0].length ?? 1
  const rest = lines.slice(from + 1)
  const end = rest.findIndex((line) => /^#+ /.test(line) && (/^#+/.exec(line)?.[0].length ?? 9) <= depth)
  return rest.slice(0, end < 0 ? undefined : end).join('\n')
}

/** The names that a section's tables document: what stands in backticks at the beginning of a row, up to the name's end. */
export function documented(path: string, heading: string): string[] {
  return [...section(path, heading).matchAll(/^\| `-{0,2}([\w:]+)/gm)].map(([, name = '']) => name)
}
