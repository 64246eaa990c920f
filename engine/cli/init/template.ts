import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../../version.ts'

/** What makes up a star; with one of these different from ours a folder holds somebody's own star already. */
const STAR = ['config.ts', 'run.ts', 'sources', 'creates', 'dimensions', 'facts', 'tasks', 'examples/notes', 'test/sources.test.ts']

/** What stands around it, and may be anybody's: where one is there it stays. */
const AROUND = ['.env.example', 'docker-compose.yml', 'etl-logs/.gitkeep', 'examples/.gitattributes']

/** A package never contains a file of this name, so that its text has to be here. */
const GITIGNORE = `node_modules/
dist/
etl-data/
etl-logs/*
!etl-logs/.gitkeep
.env
*.tgz
coverage/
`

const TSCONFIG = `{
  "compilerOptions": {
    "target": "ES2023",
    "lib": ["ES2023"],
    "module": "nodenext",
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "exactOptionalPropertyTypes": true,
    "noFallthroughCasesInSwitch": true,
    "noUnusedLocals": true,
    "noUnusedParameters": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true,
    "types": ["node", "mocha"]
  },
  "include": ["**/*.ts"],
  "exclude": ["node_modules"]
}
`

/** A file of the template: copied from the package, or written from a text. */
export interface TemplateFile {
  readonly path: string
  readonly of: { readonly file: string } | { readonly text: string }
  /** It belongs to the star, so that another one in its place is another star. */
  readonly isStar: boolean
}

/** The files that a warehouse of one's own begins with: this package's own example. */
export function templateFiles(): readonly TemplateFile[] {
  const from = packageFolder()
  const copied = (isStar: boolean) => (path: string): TemplateFile => ({ path, of: { file: join(from, path) }, isStar })
  return [
    ...STAR.flatMap((path) => filesIn(from, path)).map(copied(true)),
    ...AROUND.filter((path) => existsSync(join(from, path))).map(copied(false)),
    { path: '.gitignore', of: { text: GITIGNORE }, isStar: false },
    { path: 'tsconfig.json', of: { text: TSCONFIG }, isStar: false },
  ]
}

function filesIn(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path)).toSorted().flatMap((name) => filesIn(root, `${path}/${name}`))
}
