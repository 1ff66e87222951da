/**
 * CPU time that this process has used so far, in milliseconds: for bounds on work that a busy machine only draws out. Another
 * thread's tests count too, so a bound has to leave them room.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
