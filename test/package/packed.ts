/** The package as npm makes it, installed without a network: unpacked, its dependencies linked to those that are here. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What npm says of the package that it made. */
export interface Packed {
  readonly tarball: string
  /** Bytes of the tarball. */
  readonly size: number
  readonly files: readonly string[]
  readonly folder: string
  remove(): void
}

/** What came of a command. */
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The environment of a machine on which nobody has set anything: no colours, no variables of the example's, no settings of npm's. */
export function plainEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(ETL_|STARLINE_|npm_|NPM_|NO_COLOR$|FORCE_COLOR$|CI$|NODE_OPTIONS$)/.test(name))
  return { ...Object.fromEntries(kept), HOME: home, npm_config_cache: join(home, '.npm'), npm_config_offline: 'true', npm_config_update_notifier: 'false' }
}

/** Runs a command to its end. */
export function ran(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  if (error !== undefined) throw error
  return { code: status, out: stdout, err: stderr }
}

/** Builds and packs this package. */
export function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'starline-pack-'))
  const { code, out, err } = ran('npm', ['pack', '--json', '--pack-destination', folder], ROOT, plainEnvironment(folder))
  if (code !== 0) throw new Error(`npm pack failed:\n${out}${err}`)
  // What the build prints comes before the document.
  const [made] = JSON.parse(out.slice(out.search(/^\[/m))) as [{ filename: string; size: number; files: { path: string }[] }]
  return {
    tarball: join(folder, basename(made.filename)), size: made.size, files: made.files.map(({ path }) => path), folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

interface Locked { readonly dev?: boolean; readonly bin?: Readonly<Record<string, string>> }

/** The packages at the top of node_modules, those for development apart. */
function topPackages(): { readonly name: string; readonly locked: Locked }[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  return Object.entries(packages).filter(([path]) => path.lastIndexOf('node_modules/') === 0)
    .map(([path, locked]) => ({ name: path.slice('node_modules/'.length), locked }))
    .filter(({ name }) => existsSync(join(ROOT, 'node_modules', name)))
}

/** Puts the package into a folder's node_modules, with what it depends on, and of the packages for development those that are asked for. */
export function install({ tarball, folder }: Packed, into: string, development: readonly string[]): void {
  const modules = join(into, 'node_modules')
  mkdirSync(join(modules, 'starline'), { recursive: true })
  mkdirSync(join(modules, '.bin'))
  const untarred = ran('tar', ['-xzf', tarball, '-C', join(modules, 'starline'), '--strip-components=1'], folder, process.env)
  if (untarred.code !== 0) throw new Error(untarred.err)
  symlinkSync('../starline/bin/starline.mjs', join(modules, '.bin/starline'))
  for (const { name, locked } of topPackages().filter((each) => each.locked.dev !== true || development.includes(each.name))) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
    for (const [bin, path] of Object.entries(locked.bin ?? {})) {
      if (!existsSync(join(modules, '.bin', bin))) symlinkSync(join(ROOT, 'node_modules', name, path), join(modules, '.bin', bin))
    }
  }
}
