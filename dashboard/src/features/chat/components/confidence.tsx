/** Confidence computed from the checks, as a number with a bar; never a colour alone. */
export function Confidence({ value }: { value: number }) {
  const percent = Math.round(value * 100)
  return (
    <div
      className="flex items-center gap-2"
      title="Computed from the checks and how clearly the operations matched"
    >
      <span className="text-ink-3 text-xs">Confidence</span>
      <meter
        min={0}
        max={100}
        low={50}
        high={75}
        optimum={100}
        value={percent}
        aria-label="Confidence"
        className="h-1.5 w-16 [&::-webkit-meter-bar]:h-1.5 [&::-webkit-meter-bar]:rounded-full [&::-webkit-meter-bar]:border-0 [&::-webkit-meter-bar]:bg-hover [&::-webkit-meter-even-less-good-value]:bg-bar-bad [&::-webkit-meter-optimum-value]:bg-bar-ok [&::-webkit-meter-suboptimum-value]:bg-bar-warn"
      />
      <span className="num font-medium text-xs">{percent} %</span>
    </div>
  )
}
