/** The page of all exports, made of the declarations that the compiler writes and the docstrings in them. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anchorsOf, read, ROOT } from './markdown.ts'

export const PAGE = 'docs/reference/api.md'

/** An export as its declaration says it: one text and comment for each overload. */
interface Exported {
  readonly name: string
  readonly kind: 'function' | 'class' | 'type'
  readonly forms: readonly { readonly comment: Comment; readonly text: string }[]
}

/** A docstring in parts. */
interface Comment {
  readonly prose: string
  readonly returns: string | undefined
  readonly throws: readonly string[]
  readonly examples: readonly string[]
}

const HEAD = `# Exports

\`import { … } from 'starline'\`. Nothing else of the package is public. This page is made of the comments in the code, with \`npm run docs:api\`;
a test holds it against them, compiles every example, and runs those that need no queue.
`

/** The page as the code has it now. */
export function apiPage(): string {
  const all = exported()
  const groups = [['Functions', 'function', 'does'], ['Errors', 'class', 'means'], ['Types', 'type', 'is']] as const
  return [HEAD, ...groups.map(([title, kind, verb]) => {
    const own = all.filter((each) => each.kind === kind)
    const rows = own.map((each) => `| \`${each.name}\` | ${cell(firstSentence(each))} |`)
    return `## ${title}\n\n| ${kind} | ${verb} |\n|---|---|\n${rows.join('\n')}\n\n${own.map(section).join('\n')}`
  })].join('\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
const firstSentence = ({ forms: [form] }: Exported): string => {
  const paragraph = (form?.comment.prose ?? '').split('\n\n')[0]?.replaceAll('\n', ' ') ?? ''
  return /^.*?[.:](?=\s|$)/.exec(paragraph)?.[0].replace(/:$/, '.') ?? paragraph
}

function section({ name, forms }: Exported): string {
  const [first, ...others] = forms
  if (first === undefined) return ''
  const { prose, returns, throws, examples } = first.comment
  const parts = [
    `### ${name}`, prose, fenced(forms.map(({ text }) => text).join('\n')),
    ...others.flatMap(({ comment }) => (comment.prose === '' ? [] : [comment.prose])),
    ...returns === undefined ? [] : [`Gives ${returns}.`],
    ...throws.length === 0 ? [] : [`Throws:\n\n${throws.map((line) => `- ${line}`).join('\n')}`],
    ...optionsOf(name), ...examples.map(fenced),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

const fenced = (text: string): string => `\`\`\`ts\n${text}\n\`\`\``

/** Where the options of a declaration are listed. */
function optionsOf(name: string): string[] {
  return ['declarations.md', 'configuration.md'].filter((page) => anchorsOf(read(`docs/reference/${page}`)).includes(name.toLowerCase()) && /^[a-z]/.test(name))
    .map((page) => `All of its options: [${name}](${page}#${name.toLowerCase()}).`)
}

/** Every export, in the order of the index. */
function exported(): Exported[] {
  const folder = mkdtempSync(join(tmpdir(), 'starline-declarations-'))
  try {
    const tsc = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', folder], { cwd: ROOT, encoding: 'utf8' })
    if (tsc.status !== 0) throw new Error(tsc.stdout)
    const index = readFileSync(join(folder, 'engine/index.d.ts'), 'utf8')
    return [...index.matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/(.*?)\.ts'/gm)].flatMap(([, names = '', module = '']) => {
      const text = readFileSync(join(folder, `engine/${module}.d.ts`), 'utf8')
      return names.split(',').map((name) => name.trim()).filter(Boolean).map((name) => exportIn(text, name))
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function exportIn(text: string, name: string): Exported {
  const found = [...text.matchAll(new RegExp(String.raw`(/\*\*(?:(?!\*/)[\s\S])*\*/\n)?^export (?:declare )?(function|const|class|interface|type) ${name}\b`, 'gm'))]
  if (found.length === 0) throw new Error(`${name} is not declared where it is exported from`)
  const word = found[0]?.[2] ?? ''
  const kind = word === 'class' ? 'class' : word === 'interface' || word === 'type' ? 'type' : 'function'
  return {
    name, kind,
    forms: found.map((match) => {
      const start = match.index + (match[1]?.length ?? 0)
      return { comment: commentOf(match[1] ?? ''), text: text.slice(start, endOf(text, start, word)).replace(/^export (declare )?/, '').replaceAll('    ', '  ') }
    }),
  }
}

/** Where a declaration ends: behind its body, or its semicolon; nothing inside of brackets, comments or quotes is an end. */
function endOf(text: string, start: number, word: string): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const skipped = /^(?:\/\*[\s\S]*?\*\/|'[^'\n]*'|`[^`]*`)/.exec(text.slice(at, at + 4000))?.[0].length ?? 0
    if (skipped > 0) at += skipped - 1
    else if ('({['.includes(text[at] ?? '')) depth += 1
    else if (')}]'.includes(text[at] ?? '')) {
      depth -= 1
      if (depth === 0 && text[at] === '}' && (word === 'interface' || word === 'class')) return at + 1
    } else if (text[at] === ';' && depth === 0) return at + 1
  }
  return text.length
}

function commentOf(comment: string): Comment {
  const text = comment.trim().replace(/^\/\*\*/, '').replace(/\*\/$/, '').split('\n').map((line) => line.replace(/^\s*\* ?/, '')).join('\n').trim()
  // A tag may stand at the end of a line that is no more than a sentence.
  const [prose = '', ...tags] = text.split(/(?:^|[ \n])@(?=throws|returns|example)/)
  const of = (tag: string): string[] => tags.filter((each) => each.startsWith(tag)).map((each) => each.slice(tag.length).trim())
  return {
    prose: prose.trim(), examples: of('example'), returns: of('returns')[0]?.replaceAll('\n', ' ').replace(/\s+/g, ' '),
    throws: of('throws').map((each) => each.replace(/\s+/g, ' ').replace(/^\{(\w+)\}\s*/, '`$1` ')),
  }
}
