// Files that the package brings: from dist/cli and from src/cli alike they lie two folders up.
import { fileURLToPath } from 'node:url'
import type { FileSystem } from '../host/files.ts'

export function packageFile(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url))
}

export async function packageVersion(files: FileSystem): Promise<string> {
  const text = new TextDecoder().decode(await files.read(packageFile('package.json')))
  return (JSON.parse(text) as { version: string }).version
}
