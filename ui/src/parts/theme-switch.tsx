// Dark, light, or as the system says; remembered in this browser. The first paint is public/theme.js's.

import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import DesktopIcon from '@patternfly/react-icons/dist/esm/icons/desktop-icon';
import MoonIcon from '@patternfly/react-icons/dist/esm/icons/moon-icon';
import SunIcon from '@patternfly/react-icons/dist/esm/icons/sun-icon';
import { useEffect } from 'react';
import { useRemembered } from './remembered.ts';

const choices = ['system', 'light', 'dark'] as const;
const shown = {
  system: { icon: <DesktopIcon />, label: 'Colours as the system says' },
  light: { icon: <SunIcon />, label: 'Light colours' },
  dark: { icon: <MoonIcon />, label: 'Dark colours' },
};

export function ThemeSwitch() {
  const [choice, choose] = useRemembered('prybar.theme', choices, 'system');
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => {
      const page = document.documentElement.classList;
      // Else every colour fades by itself for a moment, and words are unreadable between the two.
      page.add('pb-still');
      page.toggle('pf-v6-theme-dark', choice === 'dark' || (choice === 'system' && system.matches));
      requestAnimationFrame(() => requestAnimationFrame(() => page.remove('pb-still')));
    };
    apply();
    system.addEventListener('change', apply);
    return () => system.removeEventListener('change', apply);
  }, [choice]);
  return (
    <ToggleGroup isCompact aria-label="Colours">
      {choices.map((name) => (
        <ToggleGroupItem key={name} icon={shown[name].icon} aria-label={shown[name].label} isSelected={choice === name} onChange={() => choose(name)} />
      ))}
    </ToggleGroup>
  );
}
