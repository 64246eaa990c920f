import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A program of this repository as JavaScript, in a folder of its own. */
export interface Compiled {
  readonly program: string
  readonly remove: () => void
}

/**
 * Compiles a program with all that it imports, unchecked: processes that are started by the hundred and killed at once should
 * not spend their lives compiling.
 *
 * @param path from the root of the repository: `test/harness/loader.ts`
 */
export function compiled(path: string): Compiled {
  const folder = mkdtempSync(join(tmpdir(), 'starline-compiled-'))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { noEmit: false, noCheck: true, outDir: folder, rootDir: ROOT, typeRoots: [join(ROOT, 'node_modules/@types')] },
    files: [join(ROOT, path)], include: [],
  }))
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: ['ignore', 'ignore', 'inherit'] })
  // What says that they are modules, and where packages are found.
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return { program: join(folder, path.replace(/\.ts$/, '.js')), remove: () => rmSync(folder, { recursive: true, force: true }) }
}
