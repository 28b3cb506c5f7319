from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0005_drift_index'),
        ('nlu', '0005_shadow'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='shadowscore',
            index=models.Index(fields=['run', '-id'], name='shadow_newest'),
        ),
    ]
