import { Button, Label, LabelGroup } from '@patternfly/react-core';

export interface ChosenFilter {
  readonly name: string;
  readonly title: string;
  readonly values: readonly string[];
  /** How a value is shown. Default: as it is. */
  shown?(value: string): string;
}

interface Props {
  readonly filters: readonly ChosenFilter[];
  onChange(name: string, values: readonly string[]): void;
  onClear(): void;
}

/** What the list is narrowed to, each value with a way out. */
export function ChosenFilters({ filters, onChange, onClear }: Props) {
  return (
    <div className="sk-chosen">
      {filters.map(({ name, title, values, shown = (value) => value || '(none)' }) =>
        values.length === 0 ? null : (
          <LabelGroup key={name} categoryName={title} numLabels={4}>
            {values.map((value) => (
              <Label
                key={value}
                variant="outline"
                closeBtnAriaLabel={`Remove ${shown(value)}`}
                onClose={() =>
                  onChange(
                    name,
                    values.filter((other) => other !== value),
                  )
                }
              >
                {shown(value)}
              </Label>
            ))}
          </LabelGroup>
        ),
      )}
      <Button variant="link" isInline onClick={onClear}>
        Clear all filters
      </Button>
    </div>
  );
}
