import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { ConfigurationError, messageOf } from '../../errors.ts'
import { makeFolder } from '../../folders.ts'
import type { Io } from '../terminal.ts'
import { counted, folded, wrapped } from '../words.ts'
import type { Written } from '../written.ts'
import { ownDependency } from './own-dependency.ts'
import { completed } from './package-json.ts'
import { templateFiles } from './template.ts'
import type { TemplateFile } from './template.ts'

/** What came of it. */
interface Done {
  readonly folder: string
  readonly written: readonly string[]
  /** They were there and are different: they stay as they are. */
  readonly kept: readonly string[]
  /** What the package.json that was there was given. */
  readonly added: readonly string[]
  readonly byHand: readonly string[]
  readonly next: string
}

/** `starline init`: copies the template into a folder, and writes over nothing. The exit code. */
export async function init({ _: [folder = '.', stray], json }: Written, io: Io): Promise<number> {
  if (stray !== undefined) throw new ConfigurationError(`nothing can be done with ${JSON.stringify(stray)}`, { wayOut: 'init takes one folder; --help says more' })
  const done = await fill(String(folder))
  io.out.write(json === true ? `${JSON.stringify(done, undefined, 2)}\n` : textOf(done, io))
  return 0
}

async function fill(folder: string): Promise<Done> {
  const into = resolve(folder)
  try {
    return await copyInto(into)
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    throw new ConfigurationError('the files can\'t be written', { where: into, why: messageOf(error), wayOut: 'name a folder that can be written: npx starline init <folder>', cause: error })
  }
}

async function copyInto(into: string): Promise<Done> {
  const files = templateFiles()
  const found = await Promise.all(files.map(async (file) => ({ file, state: await stateOf(file, into) })))
  const own = found.filter(({ file, state }) => file.isStar && state === 'different').map(({ file }) => file.path)
  if (own.length > 0) {
    throw new ConfigurationError(`${counted(own.length, 'file')} of the example would be written over: nothing was written`, {
      where: into, why: `${own.join(', ')} ${own.length === 1 ? 'is' : 'are'} there already`, wayOut: 'name an empty folder, or move them away',
    })
  }
  const packageJson = join(into, 'package.json')
  const before = existsSync(packageJson) ? await readFile(packageJson, 'utf8') : undefined
  const { text, added, byHand, hasOwn } = completed(before, nameOf(into), ownDependency(into))
  const missing = found.filter(({ state }) => state === 'missing').map(({ file }) => file)
  for (const file of missing) await write(file, into)
  if (before === undefined) await writeFile(packageJson, text, { flag: 'wx' })
  else if (text !== before) await writeFile(packageJson, text)
  const here = relative('', into)
  const kept = found.filter(({ state }) => state === 'different').map(({ file }) => file.path)
  return {
    folder: into, written: [...missing.map(({ path }) => path), ...before === undefined ? ['package.json'] : []],
    kept, added: before === undefined ? [] : added, byHand: [...byHand, ...kept.includes('tsconfig.json') ? [TSCONFIG_BY_HAND] : []],
    next: `${here === '' ? '' : `cd ${/^[\w./-]+$/.test(here) ? here : JSON.stringify(here)} && `}npm install${hasOwn ? '' : " <path to Starline's .tgz>"} && npm start`,
  }
}

/** Without these the star's files don't compile: they import by file name, and run as modules without a build. */
const TSCONFIG_BY_HAND = 'tsconfig.json stays; the star wants "module": "nodenext", "target": "ES2023", "allowImportingTsExtensions": true, "noEmit": true, "strict": true in it'

/** A name that npm takes, made of the folder's. */
const nameOf = (into: string): string => basename(into).toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'warehouse'

async function stateOf({ path, of }: TemplateFile, into: string): Promise<'missing' | 'same' | 'different'> {
  const target = join(into, path)
  if (!existsSync(target)) return 'missing'
  const ours = 'text' in of ? Buffer.from(of.text) : await readFile(of.file)
  const theirs = await readFile(target).catch(() => undefined)
  return theirs !== undefined && ours.equals(theirs) ? 'same' : 'different'
}

async function write({ path, of }: TemplateFile, into: string): Promise<void> {
  const target = join(into, path)
  makeFolder(dirname(target))
  await writeFile(target, 'text' in of ? of.text : await readFile(of.file), { flag: 'wx' })
}

function textOf({ folder, written, kept, added, byHand, next }: Done, { out }: Io): string {
  const here = relative('', folder)
  const tops = [...new Set(written.map((path) => (path.includes('/') ? `${path.split('/')[0] ?? ''}/` : path)))]
  const width = out.width()
  const lines = [
    ...written.length === 0 ? ['Everything is there already.'] : [`Wrote ${counted(written.length, 'file')} into ${here === '' ? 'this folder' : here}.`, wrapped('  ', tops, width)],
    ...kept.length === 0 ? [] : [wrapped('Kept as they were:  ', kept, width)],
    ...added.length === 0 ? [] : [wrapped('Added to package.json:  ', added, width)],
    ...byHand.map((what) => folded(`By hand:  ${what}.`, width, 2)),
  ]
  return `${lines.join('\n')}\n\nNext: ${next}\n`
}
