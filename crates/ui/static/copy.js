// <copy-text>: a button that copies the code inside.

/** How long the button says that it worked. */
const SAID_MS = 1500;

class CopyText extends HTMLElement {
  connectedCallback() {
    const code = this.querySelector('code');
    if (!code || this.querySelector('.copy')) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', `Copy ${this.classList.contains('inline') ? code.textContent : 'the code'}`);
    button.addEventListener('click', async () => {
      const copied = await copy(code);
      button.textContent = copied ? 'Copied' : 'Selected';
      setTimeout(() => (button.textContent = 'Copy'), SAID_MS);
    });
    this.append(button);
  }
}

/**
 * Copies, or selects where a page without encryption may not copy.
 * @param {HTMLElement} code
 */
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? '');
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return false;
  }
}

customElements.define('copy-text', CopyText);
